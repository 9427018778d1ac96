"""The machinery behind the workbook: how answers fill the holes, what is where, who is done."""
