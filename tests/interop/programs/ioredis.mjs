// What programs do with ioredis, as one JSON object: `node ioredis.mjs PORT`.
import { createRequire } from "node:module";

const { Redis } = createRequire(import.meta.url)("ioredis"); // which NODE_PATH finds
const port = Number(process.argv[2]);
const connect = (options = {}) => new Redis({ port, maxRetriesPerRequest: 1, ...options });
const [client, other] = [connect(), connect()];
const said = {};
const wrong = (error) => `${error.name}: ${error.message}`;

await client.flushall();

said.pipeline = await client
  .pipeline()
  .set("text", "zażółć")
  .get("text")
  .hset("hash", { a: 1, b: "two" })
  .hgetall("hash")
  .lpush("text", 1)
  .zadd("scores", 1.5, "one", 2, "two")
  .zrange("scores", 0, -1, "WITHSCORES")
  .exec()
  .then((replies) => replies.map(([error, reply]) => (error ? wrong(error) : reply)));
said.bytes = (await client.getBuffer("text")).toString("hex");

await other.watch("text");
await client.set("text", "changed");
said.watched = await other.multi().get("text").exec();
said.transaction = await other.multi().incr("n").incrbyfloat("n", "0.5").get("n").exec();
said.refused = await other.multi().set("n").exec().catch(wrong);
said.step_by_step = [];
await other.multi({ pipeline: false });
said.step_by_step.push(await other.get("n"), await other.exec());

client.defineCommand("double", { numberOfKeys: 1, lua: "return redis.call('get', KEYS[1]) * ARGV[1]" });
client.defineCommand("nested", { numberOfKeys: 0, lua: "return {1, {'a', {false, 3.9}}, redis.status_reply('FINE')}" });
client.defineCommand("broken", { numberOfKeys: 0, lua: "return redis.error_reply('WRONG thing')" });
said.script = [await client.set("n", 4), await client.double("n", 3), await client.nested()];
said.broken = await client.broken().catch(wrong);
await client.script("FLUSH");
said.script_again = await client.pipeline().double("n", 5).nested().exec();

const eager = connect({ enableAutoPipelining: true, keyPrefix: "eager:" });
said.automatic = await Promise.all([eager.set("a", 1), eager.incr("a"), eager.get("a"), eager.mget("a", "b")]);
said.prefixed = await client.keys("eager:*");

const listener = connect();
const heard = [];
const came = new Promise((resolve) => {
  const note = (...words) => heard.push(words) === 3 && resolve();
  listener.on("message", note).on("pmessage", note).on("smessage", note);
});
said.subscribed = [await listener.subscribe("news", "more"), await listener.psubscribe("n*"), await listener.ssubscribe("shard")];
said.while_subscribed = [await listener.ping(), await listener.get("n").catch(wrong)];
said.published = [await client.publish("news", "hello"), await client.spublish("shard", "there")];
await came;
said.heard = heard;
said.unsubscribed = [await listener.unsubscribe("news", "more"), await listener.punsubscribe("n*"), await listener.sunsubscribe("shard")];
said.after = await listener.get("n");

const waiting = [other.blpop("jobs", 10), listener.bzpopmin("board", 10)];
await client.rpush("jobs", "one");
await client.zadd("board", 3, "low", 9, "high");
said.blocking = await Promise.all(waiting);
said.too_late = await other.brpoplpush("jobs", "done", 0.01);

const read = other.xread("BLOCK", 10_000, "STREAMS", "log", "0");
await client.xgroup("CREATE", "log", "workers", "0", "MKSTREAM");
await client.xadd("log", "5-1", "word", "late");
said.stream = await read;
said.group = [
  await client.xreadgroup("GROUP", "workers", "me", "COUNT", 1, "STREAMS", "log", ">"),
  await client.xpending("log", "workers"),
  await client.xautoclaim("log", "workers", "you", 0, "0"),
  await client.xack("log", "workers", "5-1"),
];

await client.mset(Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`many:${i}`, i])));
const scanned = new Set();
for await (const keys of client.scanStream({ match: "many:*", count: 100 })) keys.forEach((key) => scanned.add(key));
said.scanned = scanned.size;
said.hscan = (await client.hscan("hash", 0))[1];

said.copied = await client.copy("hash", "hash2");
said.expiry = [await client.expire("hash2", 100, "NX"), await client.expire("hash2", 50, "GT"), await client.ttl("hash2") <= 100];
said.unknown = await client.call("NOSUCH", "a").catch(wrong);
said.ready = /redis_mode:standalone/.test(await client.info("server"));

const monitor = await client.monitor();
const observed = new Promise((resolve) => monitor.on("monitor", (_time, words) => words[0] === "echo" && resolve(words)));
await other.echo("heard?");
said.observed = await observed;
monitor.disconnect();

said.quit = await Promise.all([client, other, eager, listener].map((one) => one.quit()));
console.log(JSON.stringify(said));
