"""Challenge hyperloglog: about how many different elements were there?

To count the visitors of a page exactly, you have to remember each of them. A HyperLogLog remembers
none and needs 12 kB for any number of them, with an error of about 0.8 %. It hashes an element and
looks at the bits: a hash that ends in ten zeros comes once in about a thousand different elements,
so whoever has seen one has probably seen as many. Each element goes to one of 16384 registers, and
a register keeps the largest such number of zeros (plus one) that it has met.

A sketch is a string, with the very bytes of Redis: clients save it with GET and bring it back with
SET, and a snapshot of one server is read by the other. Define one class per command, as the modules
in `steps/s06_types/commands` do, with the group `hyperloglog`. `session.store.peek(key)` returns
the string under a key (bytes or bytearray; None if the key is missing), `put` keeps a new one and
`replace` changes one that is there. `session.store.count(n)` counts n more changes than the one
that these have counted.

Stage 1: PFADD key [element ...], the sparse form

    The reply is 1 if a register has changed or the sketch is new, otherwise 0. Each register that
    has changed, and a new sketch, count as one change.

    The hash is MurmurHash64A with the seed 0xadc83b19. Its lowest 14 bits are the number of the
    register. The rank is the position of the lowest 1 in the other 50 bits, from 1; without a 1 it
    is 51. The register keeps the largest rank.

    The header has 16 bytes:

        0-3     HYLL
        4       the form: 0 is dense, 1 sparse
        5-7     zero
        8-15    the estimate, lowest byte first. If the highest bit of byte 15 is set, it is out of
                date: PFADD sets that bit and leaves the others

    The sparse form lists runs of registers, from register 0 to 16383:

        00xxxxxx             ZERO: x+1 registers that are 0 (up to 64)
        01xxxxxx xxxxxxxx    XZERO: x+1 registers that are 0 (up to 16384)
        1vvvvvxx             VAL: x+1 registers (up to 4) that all have rank v+1 (up to 32)

    A new sketch is one XZERO. To give a register a larger rank, split its run: what is before it, a
    VAL for it alone, and what is after it, where zeros take the shorter form. Then, from the run
    before it on (or from the first one), look at five runs; if one is a VAL and the next is a VAL
    of the same rank, and both together have at most 4 registers, make them one, which is looked at
    again as the next of the five. Zeros are never joined.

    A string that is not a sketch (it is shorter than the header, does not begin with HYLL, has
    another form, or is dense and not 12304 bytes long):

        WRONGTYPE Key is not a valid HyperLogLog string value.

Stage 2: PFCOUNT key

    The estimate, 0 for a missing key. If the one in the header is right, that is the reply.
    Otherwise the new one goes into the header, and that is a change of the key, although the
    command only reads: it has the flag READONLY, and states `writes = True` for the journal.

    The estimate is that of Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog
    sketches", algorithm 6, with q = 50, m = 16384 and alpha = 0.721347520444481703680, rounded to
    the nearest integer. All numbers are doubles, and the order of the operations decides about
    their last digits: z = m * tau(1 - c[51]/m), with m - c[51] computed first; for each k from 50
    down to 1: z = (z + c[k]) / 2; then z += m * sigma(c[0]/m).

    Runs that do not have 16384 registers in all: INVALIDOBJ Corrupted HLL object detected

Stage 3: the dense form

    Six bits for each register, 12288 bytes: register 0 is in the lowest six bits of the first byte,
    register 1 in its highest two and the lowest four of the second byte. A sketch becomes dense,
    and stays so, if a rank is above 32, or if a change would make the string grow beyond
    `session.state.hll_sparse_max_bytes` (3000; step 10 has a setting for it). A change that needs
    no more bytes is always made. The header stays.

Stage 4: PFMERGE destination [source ...] and PFCOUNT key [key ...]

    PFCOUNT of several keys estimates how many elements are in any of them, and changes nothing.
    PFMERGE puts such a sketch at destination, which is itself one of the sources, and replies OK.
    Missing keys are like empty sketches. Of each register the largest rank counts.
    - The keys are looked up and judged one after another, the destination first.
    - If one of the sketches is dense, the destination becomes dense. Otherwise its registers are
      raised one by one, in order, as by PFADD, and it may become dense on the way.
    - It counts as one change, and the estimate is out of date, whether or not a register has
      changed.

Stage 5: PFDEBUG subcommand key and PFSELFTEST

    PFDEBUG ENCODING    sparse or dense, as a status
    PFDEBUG DECODE      the runs as text: `z:1 Z:100 v:2,1` are a ZERO, an XZERO and a VAL of rank 2
                        ERR HLL encoding is not sparse
    PFDEBUG TODENSE     makes the sketch dense: 1, or 0 if it was
    PFDEBUG GETREG      an array of all 16384 registers; the sketch becomes dense
    PFSELFTEST          tests your own functions and replies OK

    - A missing key: ERR The specified key does not exist. It is looked up before the subcommand is
      read.
    - ERR Unknown PFDEBUG subcommand 'FOO'

Sources: https://redis.io/docs/latest/commands/?group=hyperloglog
https://redis.io/docs/latest/develop/data-types/probabilistic/hyperloglogs/
https://arxiv.org/abs/1702.01284
https://github.com/aappleby/smhasher/blob/master/src/MurmurHash2.cpp
"""
