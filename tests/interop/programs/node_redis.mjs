// What programs do with node-redis, over RESP2 and RESP3, as one JSON object: `node node_redis.mjs PORT`.
import { createRequire } from "node:module";

const { createClient, defineScript } = createRequire(import.meta.url)("redis"); // which NODE_PATH finds
const port = Number(process.argv[2]);
const wrong = (error) => `${error.name}: ${error.message}`;

const double = defineScript({
  SCRIPT: "return redis.call('get', KEYS[1]) * ARGV[1]",
  NUMBER_OF_KEYS: 1,
  parseCommand: (parser, key, factor) => (parser.pushKey(key), parser.push(String(factor))),
  transformReply: (reply) => reply,
});

async function work(RESP) {
  const said = {};
  const connect = () =>
    createClient({ socket: { port, reconnectStrategy: false }, RESP, unstableResp3: true, name: "node", scripts: { double } }).connect();
  const [client, other] = [await connect(), await connect()];
  await Promise.all([client.flushAll(), client.functionFlush()]);
  said.name = await client.clientGetName();

  // all that is asked for in one turn goes out as one pipeline
  said.pipeline = await Promise.all([
    client.set("text", "zażółć", { expiration: { type: "EX", value: 100 }, condition: "NX" }),
    client.set("text", "again", { NX: true }),
    client.get("text"),
    client.hSet("hash", { a: 1, b: "two" }),
    client.hGetAll("hash"),
    client.lPush("text", "1").catch(wrong),
    client.sAdd("set", ["x", "y"]),
    client.sIsMember("set", "x"),
    client.smIsMember("set", ["x", "z"]),
    client.zAdd("scores", [{ score: 1.5, value: "one" }, { score: Infinity, value: "inf" }]),
    client.zRangeWithScores("scores", 0, -1),
    client.zScore("scores", "one"),
    client.zRandMemberCountWithScores("scores", 5).then((all) => all.length),
    client.incrByFloat("n", 1.5),
    client.configGet("save"),
    client.geoAdd("places", { longitude: 13.361389, latitude: 38.115556, member: "Palermo" }),
    client.geoPos("places", "Palermo"),
    client.lcs("text", "n").catch(wrong),
  ]);

  await client.set("n", 1);
  said.transaction = await client.multi().incr("n").hGetAll("hash").zRangeWithScores("scores", 0, 0).exec();
  said.partly = await client.multi().lPush("n", "x").get("n").exec().catch((error) => error.replies.map(String));
  await other.watch("n");
  await client.set("n", 4);
  said.watched = await other.multi().get("n").exec().catch(wrong);

  said.script = [await client.double("n", 3), await client.multi().double("n", 5).exec()];
  said.eval = await client.eval("return {1, {KEYS[1], false}, 3.9}", { keys: ["n"] });
  said.eval_wrong = await client.eval("return redis.error_reply('WRONG thing')").catch(wrong);
  await client.functionLoad("#!lua name=lib\nredis.register_function('echo', function(keys, args) return args[1] end)", { REPLACE: true });
  said.function = [await client.fCall("echo", { arguments: ["hi"] }), (await client.functionList()).map((one) => one.library_name)];

  const listener = await connect();
  const heard = [];
  let resolve;
  const came = new Promise((done) => (resolve = done));
  const note = (...words) => heard.push(words) === 3 && resolve();
  await listener.subscribe("news", note);
  await listener.pSubscribe("n*", note);
  await listener.sSubscribe("shard", note);
  said.published = [await client.publish("news", "hello"), await client.sPublish("shard", "there")];
  await came;
  said.heard = heard;
  said.while_subscribed = [await listener.ping(), await listener.get("n").catch(wrong)];
  await listener.unsubscribe("news");
  await listener.pUnsubscribe();
  await listener.sUnsubscribe("shard");
  said.after = await listener.get("n");

  const waiting = [other.blPop("jobs", 10), listener.bzPopMin("board", 10)];
  await client.rPush("jobs", "one");
  await client.zAdd("board", { score: 3, value: "low" });
  said.blocking = await Promise.all(waiting);
  said.too_late = await other.blMove("jobs", "done", "LEFT", "RIGHT", 0.01);

  const read = other.xRead({ key: "log", id: "0" }, { BLOCK: 10_000 });
  await client.xGroupCreate("log", "workers", "0", { MKSTREAM: true });
  await client.xAdd("log", "5-1", { word: "late" });
  said.stream = await read;
  said.group = [
    await client.xReadGroup("workers", "me", { key: "log", id: ">" }, { COUNT: 1 }),
    await client.xPending("log", "workers"),
    await client.xAutoClaim("log", "workers", "you", 0, "0"),
    await client.xInfoStream("log").then(({ length, groups, "last-generated-id": last }) => [length, groups, last]),
    await client.xAck("log", "workers", "5-1"),
  ];

  await client.mSet(Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`many:${i}`, String(i)])));
  const scanned = new Set();
  for await (const keys of client.scanIterator({ MATCH: "many:*", COUNT: 100 })) keys.forEach((key) => scanned.add(key));
  said.scanned = scanned.size;

  said.unknown = await client.sendCommand(["NOSUCH", "a"]).catch(wrong);
  said.command = await client.commandInfo(["get", "nosuch"]);
  said.hello = await client.hello().then(({ proto, role, mode }) => [proto, role, mode]);
  await Promise.all([client, other, listener].map((one) => one.close()));
  return said;
}

console.log(JSON.stringify({ RESP2: await work(2), RESP3: await work(3) }));
