"""Cases for every command, as text: the setup, `>`, and what is looked at; `|` ends a case.

`test_changes_counted.py` compares what they change and look up, `test_notifications.py` what they
tell of it.
"""

from __future__ import annotations

STRINGS = """
> SET a 1 | SET a 1 > SET a 1 | SET a 1 > SET a 2 XX | > SET a 2 XX | SET a 1 > SET a 2 NX
> SET a 1 EX 100 | SET a 1 EX 100 > SET a 2 | SET a 1 EX 100 > SET a 2 KEEPTTL | > SET a 1 PX 100000
> SET a 1 PXAT 1000 | SET a 1 > SET a 1 PXAT 1000 | SET a 1 > SET a 2 GET | RPUSH a x > SET a 1 GET
SET a 1 > SET a 2 NX GET | > SET a 2 NX GET | RPUSH a x > SET a 1 | > SET a 1 EXAT 4000000000
> SETEX a 100 v | SET a 1 > SETEX a 100 v | > PSETEX a 100000 v | SET a 1 > PSETEX a 100000 v
> SETNX a 1 | SET a 1 > SETNX a 2 | > GETSET a 1 | SET a 1 > GETSET a 1
SET a 1 EX 100 > GETSET a 2 | SET a 1 > GETDEL a | > GETDEL a | SET a 1 > GETEX a
SET a 1 > GETEX a EX 100 | > GETEX a EX 100 | SET a 1 > GETEX a PERSIST
SET a 1 EX 100 > GETEX a PERSIST | SET a 1 > GETEX a PXAT 1000 | SET a 1 > GETEX a EXAT 1
SET a 1 EX 100 > GETEX a EX 100 | RPUSH a x > GETEX a EX 100 | > MSET a 1 b 2
SET a 1 > MSET a 1 b 2 c 3 | > MSET a 1 a 2 | > MSETNX a 1 b 2 | SET b 1 > MSETNX a 1 b 2
> MSETNX a 1 a 2 | > APPEND a x | SET a 1 > APPEND a x | SET a 1 > APPEND a "" | > APPEND a ""
> SETRANGE a 0 x | SET a 1 > SETRANGE a 0 1 | SET a 1 > SETRANGE a 0 "" | > SETRANGE a 3 ""
SET a 1 > SETRANGE a 5 x | > INCR a | SET a 1 > INCR a | SET a x > INCR a | SET a 1 > DECR a
SET a 1 > INCRBY a 0 | > INCRBY a 0 | SET a 1 > INCRBY a 5 | SET a 1 > DECRBY a 0
SET a 1 > DECRBY a 5 | SET a 1 > INCRBYFLOAT a 0 | > INCRBYFLOAT a 0 | SET a 1 > INCRBYFLOAT a 0.5
SET a x > INCRBYFLOAT a 1 | SET a 1 EX 100 > INCR a | SET a 1 EX 100 > APPEND a x
SET a 1 EX 100 > INCRBYFLOAT a 1
"""
LISTS = """
> RPUSH a x y z | RPUSH a x > RPUSH a y | > LPUSH a x y z | SET a 1 > RPUSH a x | > RPUSHX a x
RPUSH a x > RPUSHX a y z | RPUSH a x > LPUSHX a y z | > LPUSHX a x y | RPUSH a x y > LPOP a
> LPOP a | RPUSH a x > LPOP a | RPUSH a x y z > LPOP a 2 | RPUSH a x y z > LPOP a 9
RPUSH a x > LPOP a 0 | > LPOP a 2 | > LPOP a 0 | RPUSH a x y > RPOP a | RPUSH a x y z > RPOP a 2
RPUSH a x > RPOP a 0 | > RPOP a | RPUSH a x y z > LTRIM a 0 0 | RPUSH a x y z > LTRIM a 0 -1
> LTRIM a 0 -1 | RPUSH a x y z > LTRIM a 5 9 | RPUSH a x y z > LTRIM a 1 1
RPUSH a x y > LSET a 0 x | RPUSH a x y > LSET a 0 z | RPUSH a x > LSET a 9 z
RPUSH a x x y x > LREM a 0 x | RPUSH a x x y x > LREM a 2 x | RPUSH a x > LREM a 0 y | > LREM a 0 y
RPUSH a x > LREM a 0 x | RPUSH a x y > LINSERT a BEFORE y z | RPUSH a x > LINSERT a AFTER y z
> LINSERT a AFTER y z | RPUSH a x y > LMOVE a b LEFT RIGHT | RPUSH a x y > LMOVE a a LEFT RIGHT
RPUSH a x > LMOVE a a LEFT LEFT | RPUSH a x > LMOVE a b LEFT RIGHT | > LMOVE a b LEFT RIGHT
RPUSH a x ; RPUSH b y > LMOVE a b RIGHT LEFT | RPUSH a x ; SET b 1 > LMOVE a b RIGHT LEFT
RPUSH a x y > RPOPLPUSH a b | RPUSH a x y > RPOPLPUSH a a | RPUSH a x > RPOPLPUSH a a
> RPOPLPUSH a b | RPUSH a x y z > LMPOP 1 a LEFT | RPUSH b x y z > LMPOP 2 a b LEFT COUNT 2
> LMPOP 1 a LEFT | RPUSH a x y > LMPOP 1 a RIGHT COUNT 9 | RPUSH a x y > BLPOP a 0
RPUSH b x > BLPOP a b 0 | RPUSH a x y > BRPOP a 0 | RPUSH a x y > BLMOVE a b LEFT RIGHT 0
RPUSH a x y > BRPOPLPUSH a b 0 | RPUSH a x > BRPOPLPUSH a a 0
RPUSH b x y z > BLMPOP 0 2 a b LEFT COUNT 2 | RPUSH a x > BLMPOP 0 1 a LEFT | RPUSH a x > BLPOP a 0
RPUSH a x > BLMOVE a a LEFT LEFT 0
"""
SETS = """
> SADD a x y z | SADD a x > SADD a x | SADD a x > SADD a x y | > SADD a x x | SET a 1 > SADD a x
SADD a x y z > SREM a x y | SADD a x > SREM a y | SADD a x > SREM a x | > SREM a x
SADD a x y > SREM a x x | SADD a x y > SMOVE a b x | SADD a x > SMOVE a b x
SADD a x ; SADD b x > SMOVE a b x | SADD a x > SMOVE a a x | SADD a x > SMOVE a b y
SADD a x > SMOVE a a y | > SMOVE a b x | SADD a x ; SET b 1 > SMOVE a b x | SADD a x y z > SPOP a
SADD a x > SPOP a | > SPOP a | > SPOP a 2 | SADD a x y z > SPOP a 2 | SADD a x y z > SPOP a 9
SADD a x > SPOP a 0 | SADD a x y z > SPOP a 3 | SADD a x y ; SADD b y z > SUNIONSTORE c a b
SADD a x > SUNIONSTORE a a | > SUNIONSTORE c a b | SADD c x > SUNIONSTORE c a b
SET c x > SUNIONSTORE c a b | SADD a x y ; SADD b y > SINTERSTORE c a b
SADD a x ; SADD b y > SINTERSTORE c a b | SADD a x ; SADD b y ; SADD c z > SINTERSTORE c a b
SADD a x y ; SADD b y > SDIFFSTORE c a b | SADD a x ; SADD b x ; SADD c z > SDIFFSTORE c a b
SADD a x ; SADD b x > SDIFFSTORE c a b | SADD a x > SUNIONSTORE c a none
SET c x > SINTERSTORE c a b
"""
HASHES = """
> HSET a f v | > HSET a f v g w | HSET a f v > HSET a f v | HSET a f v > HSET a f w g x
> HSET a f v f w | > HMSET a f v g w | HSET a f v > HMSET a f v | > HSETNX a f v
HSET a f v > HSETNX a f w | HSET a f v g w h x > HDEL a f g | HSET a f v > HDEL a f
HSET a f v > HDEL a g | > HDEL a f | HSET a f v g w > HDEL a f f | > HINCRBY a f 1 | > HINCRBY a f 0
HSET a f 1 > HINCRBY a f 0 | HSET a f x > HINCRBY a f 1 | HSET a f 1 > HINCRBYFLOAT a f 0
> HINCRBYFLOAT a f 0 | > HINCRBYFLOAT a f 1.5 | HSET a f x > HINCRBYFLOAT a f 1
SET a 1 > HSET a f v
"""
SORTED_SETS = """
> ZADD a 1 x | > ZADD a 1 x 2 y 3 z | ZADD a 1 x > ZADD a 1 x | ZADD a 1 x > ZADD a 2 x
ZADD a 1 x > ZADD a 2 x 3 y | > ZADD a 1 x 2 x | > ZADD a 1 x 1 x | ZADD a 1 x > ZADD a NX 2 x
ZADD a 1 x > ZADD a NX 2 x 3 y | > ZADD a XX 1 x | ZADD a 1 x > ZADD a XX 1 x 2 y
ZADD a 1 x > ZADD a XX CH 2 x | ZADD a 1 x > ZADD a GT 0 x | ZADD a 1 x > ZADD a GT 2 x
ZADD a 1 x > ZADD a LT 0 x | ZADD a 1 x > ZADD a INCR 0 x | ZADD a 1 x > ZADD a INCR 1 x
ZADD a 1 x > ZADD a NX INCR 1 x | > ZADD a XX INCR 1 x | > ZADD a INCR 0 x
ZADD a 1 x > ZADD a CH 1 x | ZADD a 1 x > ZADD a 2 x 1 x | ZADD a inf x > ZADD a INCR -inf x
ZADD a 1 x > ZADD a 2 x 2 x 3 x | ZADD a 1 x > ZINCRBY a 0 x | ZADD a 1 x > ZINCRBY a 1 x
> ZINCRBY a 0 x | ZADD a inf x > ZINCRBY a 1 x | ZADD a inf x > ZINCRBY a -inf x
ZADD a 1 x > ZINCRBY a 0 y | ZADD a 1 x 2 y 3 z > ZREM a x y | ZADD a 1 x > ZREM a x
ZADD a 1 x > ZREM a y | > ZREM a x | ZADD a 1 x 2 y > ZREM a x x | ZADD a 1 x 2 y 3 z > ZPOPMIN a
ZADD a 1 x 2 y 3 z > ZPOPMIN a 2 | ZADD a 1 x > ZPOPMIN a 9 | ZADD a 1 x > ZPOPMIN a 0 | > ZPOPMIN a
> ZPOPMIN a 2 | ZADD a 1 x 2 y > ZPOPMAX a | ZADD a 1 x 2 y 3 z > ZPOPMAX a 2
ZADD a 1 x > ZPOPMAX a 0 | ZADD a 1 x 2 y 3 z > ZMPOP 1 a MIN
ZADD b 1 x 2 y 3 z > ZMPOP 2 a b MAX COUNT 2 | > ZMPOP 1 a MIN | ZADD a 1 x 2 y > BZPOPMIN a 0
ZADD b 1 x > BZPOPMAX a b 0 | ZADD b 1 x 2 y 3 z > BZMPOP 0 2 a b MIN COUNT 2
ZADD a 1 x > BZMPOP 0 1 a MAX | ZADD a 1 x 2 y 3 z > ZREMRANGEBYRANK a 0 1
ZADD a 1 x > ZREMRANGEBYRANK a 5 9 | > ZREMRANGEBYRANK a 0 1 | ZADD a 1 x > ZREMRANGEBYRANK a 0 -1
ZADD a 1 x 2 y 3 z > ZREMRANGEBYSCORE a 1 2 | ZADD a 1 x > ZREMRANGEBYSCORE a 5 9
> ZREMRANGEBYSCORE a 5 9 | ZADD a 1 x > ZREMRANGEBYSCORE a 1 1
ZADD a 0 x 0 y > ZREMRANGEBYLEX a [x [y | ZADD a 0 x > ZREMRANGEBYLEX a [y [z
> ZREMRANGEBYLEX a - + | ZADD a 1 x 2 y > ZRANGESTORE c a 0 -1 | ZADD a 1 x > ZRANGESTORE c a 5 9
> ZRANGESTORE c a 0 -1 | ZADD a 1 x ; SET c 1 > ZRANGESTORE c a 5 9 | SET c 1 > ZRANGESTORE c a 0 -1
ZADD a 1 x > ZRANGESTORE a a 0 -1 | ZADD a 1 x ; ZADD b 2 y > ZUNIONSTORE c 2 a b
> ZUNIONSTORE c 2 a b | SET c 1 > ZUNIONSTORE c 2 a b | ZADD a 1 x > ZUNIONSTORE a 1 a
ZADD a 1 x ; ZADD b 2 x > ZINTERSTORE c 2 a b | ZADD a 1 x ; ZADD b 2 y > ZINTERSTORE c 2 a b
ZADD a 1 x ; ZADD b 2 y ; SET c 1 > ZINTERSTORE c 2 a b
ZADD a 1 x 2 y ; ZADD b 2 y > ZDIFFSTORE c 2 a b | ZADD a 1 x ; SET c 1 > ZDIFFSTORE c 2 a a
> ZDIFFSTORE c 1 a | SET a 1 > ZADD a 1 x | SET a 1 > ZUNIONSTORE c 1 a
"""
BITMAPS = """
> SETBIT a 7 1 | > SETBIT a 7 0 | SETBIT a 7 1 > SETBIT a 7 1 | SETBIT a 7 1 > SETBIT a 7 0
SETBIT a 7 1 > SETBIT a 3 0 | SETBIT a 7 1 > SETBIT a 99 0 | RPUSH a x > SETBIT a 7 1
> BITOP OR c a b | SET a x > BITOP OR c a b | SET c 1 > BITOP OR c a b | SET a x > BITOP NOT a a
SET a x ; SET c y > BITOP AND c a b | RPUSH c x y z ; SET a 1 > BITOP OR c a
RPUSH c x y z > BITOP OR c a | RPUSH a x > BITOP OR c a | SET a "" ; SET c y > BITOP XOR c a
> BITFIELD a | > BITFIELD a GET u8 0 | > BITFIELD a SET u8 0 0 | > BITFIELD a SET u8 0 1
SET a x > BITFIELD a SET u8 0 1 | SET a x > BITFIELD a SET u8 0 120 | SET a x > BITFIELD a GET u8 0
SET a x > BITFIELD a SET u8 0 1 SET u8 0 1 SET u8 0 2 | SET a x > BITFIELD a SET u8 8 0 SET u8 8 0
> BITFIELD a SET u8 0 0 SET u8 8 0 INCRBY u8 0 0 GET u8 0 | SET a x > BITFIELD a INCRBY u8 0 0
SET a x > BITFIELD a INCRBY u8 0 1 INCRBY u8 0 -1
SET a x > BITFIELD a OVERFLOW FAIL INCRBY u8 0 256 SET u8 0 1 SET u8 0 256
SET a x > BITFIELD a SET u8 0 120 OVERFLOW FAIL SET u8 8 256 | SET a x > BITFIELD a SET u64 0 1
RPUSH a x > BITFIELD a SET u8 0 1
"""
HYPERLOGLOGS = """
> PFADD a | > PFADD a x | > PFADD a x y x | PFADD a x > PFADD a x | PFADD a x > PFADD a y z
PFADD a x > PFADD a | SET a 1 > PFADD a x | > PFCOUNT a | PFADD a x > PFCOUNT a
PFADD a x ; PFCOUNT a > PFCOUNT a | PFADD a x > PFCOUNT a b | PFADD a x ; PFADD b y > PFCOUNT a b
> PFMERGE a | PFADD a x > PFMERGE a | PFADD a x > PFMERGE b a | PFADD a x ; PFADD b y > PFMERGE b a
PFADD a x > PFMERGE a a | SET a 1 > PFMERGE b a | SET b 1 ; PFADD a x > PFMERGE b a | > PFMERGE b a
PFADD a x > PFDEBUG TODENSE a | PFADD a x > PFDEBUG GETREG a
PFADD a x ; PFDEBUG TODENSE a > PFDEBUG TODENSE a | PFADD a x > PFDEBUG ENCODING a
PFADD a x > PFDEBUG DECODE a
PFADD a x ; PFDEBUG TODENSE a > PFADD a x y | PFADD a x ; PFADD b y ; PFDEBUG TODENSE b > PFMERGE a b
"""
GEO = """
> GEOADD a 1 1 x | > GEOADD a 1 1 x 2 2 y | GEOADD a 1 1 x > GEOADD a 1 1 x
GEOADD a 1 1 x > GEOADD a 2 2 x | GEOADD a 1 1 x > GEOADD a NX 2 2 x 3 3 y | > GEOADD a XX 1 1 x
GEOADD a 1 1 x > GEOADD a XX CH 2 2 x | SET a 1 > GEOADD a 1 1 x | GEOADD a 1 1 x > GEOPOS a x
GEOADD a 1 1 x > GEOADD a 200 1 x
GEOADD a 1 1 x 2 2 y > GEOSEARCHSTORE b a FROMMEMBER x BYRADIUS 1 m
GEOADD a 1 1 x 2 2 y > GEOSEARCHSTORE b a FROMMEMBER x BYRADIUS 1000 km
GEOADD a 1 1 x 2 2 y > GEOSEARCHSTORE b a FROMMEMBER x BYBOX 1000 1000 km STOREDIST
GEOADD a 1 1 x ; SET b 1 > GEOSEARCHSTORE b a FROMLONLAT 90 0 BYRADIUS 1 m
GEOADD a 1 1 x > GEOSEARCHSTORE b a FROMLONLAT 90 0 BYRADIUS 1 m
SET b 1 > GEOSEARCHSTORE b a FROMLONLAT 90 0 BYRADIUS 1 m
GEOADD a 1 1 x > GEOSEARCHSTORE a a FROMMEMBER x BYRADIUS 1 m
GEOADD a 1 1 x 2 2 y > GEORADIUS a 1 1 1000 km STORE b | GEOADD a 1 1 x > GEORADIUS a 1 1 1000 km
GEOADD a 1 1 x 2 2 y > GEORADIUSBYMEMBER a x 1000 km STOREDIST b | SET b 1 > GEORADIUS a 1 1 1 m STORE b
GEOADD a 1 1 x ; SET b 1 > GEORADIUSBYMEMBER a y 1 m STORE b
SET b 1 > GEORADIUSBYMEMBER a y 1 m STORE b | GEOADD a 1 1 x > GEORADIUSBYMEMBER a x 1 m
"""
STREAMS = """
> XADD a 1 f v | XADD a 1 f v > XADD a 2 f v | XADD a 1 f v > XADD a 1 f v
> XADD a NOMKSTREAM 1 f v | SET a 1 > XADD a 1 f v | XADD a 1 f v > XADD a MAXLEN 1 2 f v
XADD a 1 f v > XADD a MAXLEN 0 2 f v | XADD a 1 f v > XADD a MAXLEN ~ 1 2 f v
XADD a 1 f v > XADD a MINID 2 2 f v | > XADD a MAXLEN 5 1-* f v
XADD a 1 f v ; XADD a 2 f v > XTRIM a MAXLEN 0 | XADD a 1 f v ; XADD a 2 f v > XTRIM a MAXLEN 1
XADD a 1 f v > XTRIM a MAXLEN 1 | XADD a 1 f v > XTRIM a MAXLEN ~ 0 | > XTRIM a MAXLEN 0
SET a 1 > XTRIM a MAXLEN 0 | XADD a 1 f v ; XADD a 2 f v > XTRIM a MINID 2
XADD a 1 f v ; XADD a 2 f v > XDEL a 1 2 | XADD a 1 f v > XDEL a 1 1 | XADD a 1 f v > XDEL a 2
> XDEL a 1 | XADD a 1 f v > XSETID a 5 | > XSETID a 5 | XADD a 1 f v > XSETID a 0
XADD a 1 f v > XSETID a 1 | XADD a 1 f v > XSETID a 5 ENTRIESADDED 9 MAXDELETEDID 2
> XGROUP CREATE a g $ MKSTREAM | > XGROUP CREATE a g $ | XADD a 1 f v > XGROUP CREATE a g 0
XGROUP CREATE a g $ MKSTREAM > XGROUP CREATE a g 0
XGROUP CREATE a g $ MKSTREAM > XGROUP SETID a g 5
XGROUP CREATE a g $ MKSTREAM > XGROUP SETID a h 5
XGROUP CREATE a g $ MKSTREAM > XGROUP DESTROY a g
XGROUP CREATE a g $ MKSTREAM > XGROUP DESTROY a h | XGROUP CREATE a g $ MKSTREAM > DEL a
XGROUP CREATE a g $ MKSTREAM > XGROUP CREATECONSUMER a g x
XGROUP CREATE a g $ MKSTREAM ; XGROUP CREATECONSUMER a g x > XGROUP CREATECONSUMER a g x
XGROUP CREATE a g $ MKSTREAM ; XGROUP CREATECONSUMER a g x > XGROUP DELCONSUMER a g x
XGROUP CREATE a g $ MKSTREAM > XGROUP DELCONSUMER a g x | FRESH > XREADGROUP GROUP g x STREAMS a >
FRESH > XREADGROUP GROUP g x COUNT 1 STREAMS a > | FRESH > XREADGROUP GROUP g x NOACK STREAMS a >
FRESH > XREADGROUP GROUP g y STREAMS a > | FRESH > XREADGROUP GROUP g y NOACK STREAMS a >
FRESH > XREADGROUP GROUP g x STREAMS a 0 | FRESH > XREADGROUP GROUP h x STREAMS a >
DELIVERED > XREADGROUP GROUP g x STREAMS a > | DELIVERED > XREADGROUP GROUP g x STREAMS a 0
DELIVERED > XREADGROUP GROUP g y STREAMS a > | DELIVERED > XREADGROUP GROUP g y NOACK STREAMS a >
DELIVERED ; XDEL a 1 > XREADGROUP GROUP g x STREAMS a 0 | DELIVERED > XGROUP DELCONSUMER a g x
DELIVERED > XACK a g 1 2 9 | DELIVERED > XACK a g 9 | > XACK a g 1 | DELIVERED > XACK a h 1
DELIVERED > XCLAIM a g y 0 1 | DELIVERED > XCLAIM a g y 0 1 2 JUSTID | DELIVERED > XCLAIM a g x 0 1
DELIVERED > XCLAIM a g y 100000 1 | DELIVERED > XCLAIM a g y 0 9
DELIVERED > XCLAIM a g y 0 3 FORCE | DELIVERED > XCLAIM a g y 0 9 FORCE
DELIVERED > XCLAIM a g x 0 1 LASTID 7 | DELIVERED > XCLAIM a g x 0 9 LASTID 7
DELIVERED > XCLAIM a g x 0 9 LASTID 1 | DELIVERED > XCLAIM a h x 0 1
DELIVERED ; XDEL a 1 > XCLAIM a g y 0 1 | DELIVERED ; XDEL a 1 > XCLAIM a g y 0 1 LASTID 7
DELIVERED > XAUTOCLAIM a g y 0 0 | DELIVERED > XAUTOCLAIM a g x 0 0 COUNT 1
DELIVERED > XAUTOCLAIM a g y 100000 0 | DELIVERED > XAUTOCLAIM a g y 0 0 JUSTID
DELIVERED ; XDEL a 1 > XAUTOCLAIM a g y 0 0 | DELIVERED ; DEL a > XAUTOCLAIM a g y 0 0
DELIVERED > COPY a b | DELIVERED > RENAME a b | DELIVERED > DEL a
> MULTI ; XADD a 1 f v ; XADD a 2 f v ; EXEC
FRESH > MULTI ; XREADGROUP GROUP g x STREAMS a > ; EXEC
FRESH > MULTI ; XREADGROUP GROUP g x BLOCK 0 STREAMS a $ ; EXEC
"""
GENERIC = """
SET a 1 > DEL a | > DEL a | SET a 1 ; SET b 1 > DEL a b none | SET a 1 > DEL a a
RPUSH a x y z > DEL a | SET a 1 > UNLINK a | > UNLINK a | SET a 1 ; SET b 1 > UNLINK a b none
SET a 1 > RENAME a b | SET a 1 ; SET b 2 > RENAME a b | SET a 1 > RENAME a a | > RENAME a b
SET a 1 EX 100 > RENAME a b | SET a 1 > RENAMENX a b | SET a 1 ; SET b 2 > RENAMENX a b
SET a 1 > RENAMENX a a | > RENAMENX a b | SET a 1 ; SET b 1 EX 100 > RENAME a b | SET a 1 > COPY a b
SET a 1 ; SET b 2 > COPY a b | SET a 1 ; SET b 2 > COPY a b REPLACE | > COPY a b
> COPY a b REPLACE | SET b 1 > COPY a b REPLACE | RPUSH a x y z > COPY a b
SET a 1 EX 100 > COPY a b | SET a 1 > COPY a a DB 3 | SET a 1 > COPY a b DB 3 | > COPY a b DB 3
SET a 1 ; COPY a b DB 3 > COPY a b DB 3 | SET a 1 ; COPY a b DB 3 > COPY a b DB 3 REPLACE
> RESTORE a 0 PAYLOAD | SET a 1 > RESTORE a 0 PAYLOAD | SET a 1 > RESTORE a 0 PAYLOAD REPLACE
SET a 1 EX 100 > RESTORE a 0 PAYLOAD REPLACE | > RESTORE a 100000 PAYLOAD | > RESTORE a 0 x
SET a 1 > RESTORE a 100000 PAYLOAD REPLACE | SET a 1 > RESTORE a 1 PAYLOAD ABSTTL REPLACE
> RESTORE a 1 PAYLOAD ABSTTL | > RESTORE a 1 PAYLOAD ABSTTL REPLACE
SET a 1 > MOVE a 3 | > MOVE a 3 | SET a 1 ; COPY a a DB 3 > MOVE a 3 | SET a 1 EX 100 > MOVE a 3
SET a 1 > EXPIRE a 100 | > EXPIRE a 100 | SET a 1 > EXPIRE a -1 | SET a 1 > EXPIRE a 0
> EXPIRE a -1 | SET a 1 EX 100 > EXPIRE a 100 | SET a 1 > EXPIRE a 100 XX
SET a 1 > EXPIRE a 100 GT | SET a 1 > EXPIRE a 100 LT | SET a 1 EX 100 > EXPIRE a 100 NX
SET a 1 EX 100 > EXPIRE a 200 GT | SET a 1 EX 100 > EXPIRE a 50 GT | SET a 1 > PEXPIRE a 100000
SET a 1 > PEXPIRE a -1 | SET a 1 > EXPIREAT a 4000000000 | SET a 1 > EXPIREAT a 1
SET a 1 > PEXPIREAT a 4000000000000 | SET a 1 > PEXPIREAT a 1 | SET a 1 > PERSIST a
SET a 1 EX 100 > PERSIST a | > PERSIST a | SET a 1 ; SET b 2 > FLUSHDB | > FLUSHDB
SET a 1 ; SET b 2 > FLUSHALL | > FLUSHALL | SET a 1 ; COPY a b DB 3 ; COPY a c DB 3 > FLUSHALL
SET a 1 ; COPY a b DB 3 > FLUSHDB | SET a 1 ; SET b 1 > FLUSHALL ASYNC | SET a 1 > FLUSHDB ASYNC
SET a 1 > SWAPDB 0 3 | > SWAPDB 0 3 | SET a 1 > SWAPDB 3 4 | SET a 1 > SWAPDB 0 0
SET a 1 ; COPY a a DB 3 > SWAPDB 0 3 | SET a 1 ; COPY a b DB 3 > SWAPDB 3 0 | > SWAPDB 3 3
RPUSH a 3 1 2 > SORT a | RPUSH a 3 1 2 > SORT a STORE b | RPUSH a 3 1 2 > SORT a STORE a
> SORT a STORE b | SET b 1 > SORT a STORE b | RPUSH a 3 1 2 > SORT a LIMIT 0 2 STORE b
RPUSH a 3 1 2 ; RPUSH b x > SORT a LIMIT 9 2 STORE b | RPUSH a 3 1 2 ; SET b 1 > SORT a STORE b
RPUSH a 3 1 2 > SORT a GET # GET none STORE b
"""
READS = """
SET a 12 ; SET b x > GET a | MGET a b none | STRLEN a | GETRANGE a 0 1 | SUBSTR a 0 1 | LCS a b
GETBIT a 1 | BITCOUNT a | BITPOS a 1 | BITFIELD_RO a GET u8 0 | EXISTS a none a | TYPE a | TTL a | PTTL a
EXPIRETIME a | PEXPIRETIME a | TOUCH a none | DUMP a | OBJECT ENCODING a | OBJECT REFCOUNT a
MEMORY USAGE a | KEYS * | SCAN 0 | SCAN 0 MATCH a* | SCAN 0 TYPE list | RANDOMKEY | DBSIZE | WATCH a

RPUSH a x 3 ; SET w_x 1 > LLEN a | LINDEX a 0 | LRANGE a 0 -1 | LPOS a x | SORT_RO a ALPHA | LRANGE a 5 9
SORT a BY w_* GET # GET w_* | SORT_RO a BY w_* GET v_*->f | SORT a BY nosort | SORT a | GET a

SADD a x y ; SADD b x > SCARD a | SISMEMBER a x | SMISMEMBER a x y | SMEMBERS a | SRANDMEMBER a
SSCAN a 0 | SRANDMEMBER a 0 | SUNION a b none | SINTER a b none | SINTER none a | SDIFF a b none
SDIFF none a | SINTERCARD 2 a b | SINTERCARD 2 none a | SUNION b a | HGET a f

HSET a f v g w > HGET a f | HMGET a f g | HGETALL a | HKEYS a | HVALS a | HLEN a | HSTRLEN a f
HEXISTS a f | HRANDFIELD a | HRANDFIELD a 0 | HSCAN a 0 | SUNION none a

ZADD a 1 x 2 y ; ZADD b 1 x > ZCARD a | ZSCORE a x | ZMSCORE a x y | ZRANK a x | ZREVRANK a x
ZCOUNT a 0 1 | ZLEXCOUNT a - + | ZRANGE a 0 -1 | ZREVRANGE a 0 -1 | ZRANGEBYSCORE a 0 1
ZREVRANGEBYSCORE a 1 0 | ZRANGEBYLEX a - + | ZREVRANGEBYLEX a + - | ZRANDMEMBER a | ZRANDMEMBER a 2
ZSCAN a 0 | ZUNION 2 a b
ZINTER 2 a b | ZDIFF 2 a b | ZINTERCARD 2 a b | ZUNION 2 none a | ZINTER 2 none a | ZDIFF 2 none a

GEOADD a 1 1 x 2 2 y > GEOPOS a x | GEODIST a x y | GEOHASH a x | GEOSEARCH a FROMMEMBER x BYRADIUS 1 m
GEORADIUS_RO a 1 1 1 m | GEORADIUSBYMEMBER_RO a x 1 m

XADD a 1 f v ; XGROUP CREATE a g 0 > XLEN a | XRANGE a - + | XREVRANGE a + - | XREAD STREAMS a b 0 0
XREAD STREAMS a $ | XINFO STREAM a | XINFO GROUPS a | XINFO CONSUMERS a g | XPENDING a g

PFADD a x ; PFADD b y > PFCOUNT a | PFCOUNT a b
"""
BLOCKS = """
> MULTI ; RPUSH a x y ; INCR b ; GET a ; EXEC | SET a 1 > MULTI ; DEL a none ; SET b 1 ; EXEC
> MULTI ; GET a ; EXEC | > MULTI ; INCR b ; DISCARD | RPUSH a x > MULTI ; LTRIM a 0 -1 ; EXEC
> MULTI ; BLPOP a 0 ; SET b 1 ; EXEC | RPUSH a x > MULTI ; BLPOP a 0 ; EXEC
"""
FUNCTIONS = """
NONE > FUNCTION LOAD LIBRARY | LOADED > FUNCTION LOAD LIBRARY | LOADED > FUNCTION LOAD REPLACE LIBRARY
LOADED > FUNCTION LOAD REPLACE OTHER | LOADED > FUNCTION LOAD OTHER | NONE > FUNCTION LOAD x
LOADED > FUNCTION DELETE lib | NONE > FUNCTION DELETE lib | LOADED > FUNCTION FLUSH
NONE > FUNCTION FLUSH | LOADED > FUNCTION FLUSH ASYNC | LOADED > FUNCTION FLUSH SYNC
NONE > FUNCTION RESTORE SAVED | LOADED > FUNCTION RESTORE SAVED | LOADED > FUNCTION RESTORE x
LOADED > FUNCTION RESTORE SAVED REPLACE | LOADED > FUNCTION RESTORE SAVED FLUSH
LOADED > FUNCTION RESTORE SAVED APPEND | LOADED > FCALL w 1 a | LOADED ; SADD a x y > FCALL w 1 a
LOADED > FCALL r 1 a | NONE > FCALL w 1 a | LOADED > FCALL_RO r 1 a | LOADED > FCALL_RO w 1 a
LOADED > MULTI ; FCALL w 1 a ; FUNCTION DELETE lib ; EXEC | NONE > EVAL WRITES 1 a
NONE > MULTI ; EVAL WRITES 1 a ; FUNCTION LOAD LIBRARY ; EXEC | LOADED > FLUSHALL
SADD a x y > EVAL WRITES 1 a | > EVAL WRITES 1 a ; EVAL WRITES 1 a | SET a 1 > EVAL WRITES 1 a
"""
EXPIRED = """
GET a | SET a 2 | SET a 2 NX | SET a 2 XX | DEL a | UNLINK a | INCR a | APPEND a x | GETDEL a
SETNX a 1 | EXISTS a | EXPIRE a 100 | PERSIST a | RENAME a b | RENAMENX a b | COPY a b | MOVE a 3
GETEX a EX 100 | TYPE a | TTL a | MSETNX a 1 b 2 | SADD a x y | SORT a STORE b | LPUSHX a x
FLUSHALL | FLUSHDB | SCAN 0 | SUNIONSTORE b a | EXPIRE a -1 | OBJECT ENCODING a | TOUCH a | STRLEN a
MGET a b | SWAPDB 0 3 | RPUSH a x y | KEYS * | KEYS a* | RANDOMKEY | DBSIZE | COPY b a
SETRANGE a 0 x | SET a 1 GET | GETSET a 1 | ZADD a 1 x | HSET a f v | KEYS b | SET b 1 ; KEYS *
SET b 1 ; RENAME b a | SET b 1 ; RENAMENX b a | SET b 1 ; COPY b a | SET b 1 ; DBSIZE
SET b 1 ; RANDOMKEY | SET b 1 ; SCAN 0 | SCAN 0 MATCH a* | SCAN 0 TYPE string
SET b 1 ; COPY b a REPLACE | RPUSH b a ; SORT b BY * | RPUSH b 1 a ; SORT b ALPHA GET *
BLPOP a 0.01 | RPUSH b x y ; LMOVE b a LEFT RIGHT | RPUSH b x y ; BLMPOP 0.01 2 a b LEFT
SUNION a b | ZUNION 2 a b | SINTERCARD 2 a b | MEMORY USAGE a | LMPOP 2 a b LEFT
SADD b x ; SMOVE b a x | SADD b x ; SUNIONSTORE a b | BZPOPMIN a 0.01
MULTI ; KEYS * ; DBSIZE ; GET a ; DBSIZE ; EXEC | OBJECT REFCOUNT a | GETEX a | LRANGE a 0 -1
ZUNIONSTORE b 1 a | ZINTERSTORE b 2 a a | ZDIFFSTORE b 1 a | ZRANGESTORE b a 0 -1 | SDIFFSTORE b a
SINTERSTORE b a | BITOP NOT b a | PFMERGE b a | GEOSEARCHSTORE b a FROMMEMBER x BYRADIUS 1 m
SADD b x ; SINTERSTORE a b | ZADD b 1 x ; ZUNIONSTORE a 1 b | RPUSH b 2 1 ; SORT b STORE a
SET b x ; BITOP NOT a b | PFADD b x ; PFMERGE a b
GEOADD b 1 1 x ; GEOSEARCHSTORE a b FROMMEMBER x BYRADIUS 1 m
GETRANGE a 0 1 | SETEX a 100 v | PERSIST a ; DBSIZE | EXISTS a ; DBSIZE | KEYS * ; DBSIZE
"""


TYPES = (STRINGS, LISTS, SETS, HASHES, SORTED_SETS, BITMAPS, HYPERLOGLOGS, GEO, GENERIC)


def cases():
    """Every case as its setup and what is looked at, each a list of commands."""
    for group in (*TYPES, STREAMS, BLOCKS, FUNCTIONS):
        yield from cases_in(group)
    yield from expired(EXPIRED)


def expired(group):
    """The cases of a group, each with a key that has expired."""
    for line in group.replace("\n", "|").split("|"):
        if line.strip():
            yield commands("SET a 1 PX 50 ; DEBUG SLEEP 0.06"), commands(line)


def overtaken(setup, asked):
    """A case again for each key that it names: there, but expired, when it is looked at."""
    waits = {words[0] for words in asked} & BLOCKING or "BLOCK 0" in shown(asked)
    if ["DEBUG", "SLEEP", "0.06"] in setup or waits:
        return
    for key in "abc":
        if any(key in words[1:] for words in asked):
            expires = ["PEXPIRE", key, "50"], ["SET", key, "1", "PX", "50", "NX"]
            yield [*setup, *expires, ["DEBUG", "SLEEP", "0.06"]], asked


BLOCKING = {"BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP"}


def cases_in(group):
    for line in group.replace("\n", "|").split("|"):
        if line.strip():
            setup, _, asked = line.partition(">")
            for name, words in SETUPS.items():
                setup = setup.replace(name, words)
            yield commands(setup), commands(asked)


SETUPS = {
    "DELIVERED": "FRESH ; XREADGROUP GROUP g x COUNT 2 STREAMS a >",
    "FRESH": "XADD a 1 f v ; XADD a 2 f v ; XADD a 3 f v ; XGROUP CREATE a g 0"
    " ; XGROUP CREATECONSUMER a g x",
    "LOADED": "FUNCTION FLUSH ; FUNCTION LOAD LIBRARY",
    "NONE": "FUNCTION FLUSH",
}
"""Setups that several cases of streams and of functions have in common."""

WRITES = b"redis.call('SADD', KEYS[1], 'x', 'y')"
LIBRARY = (
    b"""#!lua name=lib
redis.register_function('w', function(KEYS) return %b end)
redis.register_function{
    function_name='r', callback=function(KEYS) return redis.call('SCARD', KEYS[1]) end,
    flags={'no-writes'}
}"""
    % WRITES
)
WORDS = {
    '""': "",
    "PAYLOAD": b"\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xce",
    "WRITES": b"return " + WRITES,
    "LIBRARY": LIBRARY,
    "OTHER": LIBRARY.replace(b"=lib", b"=other").replace(b"'r'", b"'s'"),
    "SAVED": b"\xf5;"
    b"#!lua name=old\nredis.register_function('f', function() end)"
    b"\n\x00\xdaq\x05\xff\xeb\x91\x97\x18",
}
"""Words that stand for others: PAYLOAD is what DUMP says of the string `v`, SAVED what FUNCTION DUMP
says of a library `old` with a function `f`.
"""


def commands(text):
    found = [line.split() for line in text.split(";") if line.strip()]
    return [[WORDS.get(word, word) for word in words] for words in found]


def shown(lines):
    return " ; ".join(" ".join(map(word_shown, words)) for words in lines)


def word_shown(word):
    return next((name for name, other in WORDS.items() if other == word), word)
