// Jobs with BullMQ, as one JSON object: `node bullmq.mjs PORT`.
import { createRequire } from "node:module";

const { FlowProducer, Job, Queue, QueueEvents, UnrecoverableError, Worker } = createRequire(import.meta.url)("bullmq"); // which NODE_PATH finds

const connection = { host: "127.0.0.1", port: Number(process.argv[2]) };
const said = {};
const queue = new Queue("work", { connection });
await queue.obliterate({ force: true });

const events = new QueueEvents("work", { connection });
const seen = new Set();
events.on("progress", ({ data }) => (said.progress = data));
for (const event of ["added", "active", "completed", "failed", "delayed", "waiting-children", "drained"])
  events.on(event, () => seen.add(event));
await events.waitUntilReady();

const order = [];
async function work(job) {
  order.push(job.name);
  switch (job.name) {
    case "add":
      await job.updateProgress(50);
      return job.data.a + job.data.b;
    case "flaky":
      await job.log(`attempt ${job.attemptsMade}`);
      if (job.attemptsMade < 2) throw new Error("not yet");
      return "at last";
    case "hopeless":
      throw new UnrecoverableError("never");
    case "sum":
      return Object.values(await job.getChildrenValues()).reduce((a, b) => a + b, 0);
    default:
      return job.name;
  }
}

// filled before anybody works: the order of priorities is seen
await queue.add("plain", {});
await queue.add("low", {}, { priority: 9 });
await queue.add("high", {}, { priority: 1 });
await queue.add("last in", {}, { lifo: true });
await queue.addBulk([{ name: "plain", data: { bulk: true } }, { name: "plain", data: {}, opts: { jobId: "mine" } }]);
await queue.add("plain", { again: true }, { jobId: "mine" });
said.counts = await queue.getJobCounts();
const idle = new Worker("work", work, { connection, autorun: false });
idle.on("error", (error) => (said.error = String(error)));
const completed = (name, times) =>
  new Promise((resolve) => idle.on("completed", (job) => (name ?? job.name) === job.name && --times === 0 && resolve()));
const six = completed(undefined, 6);
idle.run();
await six;
said.order = order.splice(0);

const finished = (job) => job.waitUntilFinished(events, 20_000).catch((error) => error.message);
const [sum, flaky, hopeless, later] = await Promise.all([
  queue.add("add", { a: 2, b: 3 }),
  queue.add("flaky", {}, { attempts: 3, backoff: { type: "exponential", delay: 5 } }),
  queue.add("hopeless", {}, { attempts: 3 }),
  queue.add("later", {}, { delay: 30 }),
]);
said.results = await Promise.all([sum, flaky, hopeless, later].map(finished));
const again = await Job.fromId(queue, flaky.id);
said.flaky = [again.attemptsMade, again.stacktrace.length, await again.getState(), (await queue.getJobLogs(flaky.id)).logs];
const failed = await Job.fromId(queue, hopeless.id);
said.hopeless = [failed.attemptsMade, await failed.isFailed(), failed.failedReason];
await failed.retry("failed");
said.retried = await finished(failed);

const flows = new FlowProducer({ connection });
const tree = await flows.add({
  name: "sum",
  queueName: "work",
  children: [1, 2, 3].map((n) => ({ name: "add", queueName: "work", data: { a: n, b: 10 } })),
});
said.flow = [await finished(tree.job), (await tree.job.getDependencies()).unprocessed?.length ?? 0];

const beats = completed("beat", 3);
await queue.upsertJobScheduler("heart", { every: 20, limit: 3 }, { name: "beat" });
await beats;
said.removed = await queue.removeJobScheduler("heart");

const one = await queue.add("once", {}, { deduplication: { id: "same" }, delay: 60_000 });
const two = await queue.add("once", {}, { deduplication: { id: "same" }, delay: 60_000 });
said.same = [one.id === two.id, await queue.getDelayedCount()];
await one.changeDelay(1);
said.sooner = await finished(one);

await queue.pause();
await queue.add("paused", {});
said.paused = [await queue.isPaused(), await queue.count()];
await queue.drain();
said.drained = await queue.count();
await queue.resume();
await queue.setGlobalConcurrency(1);
said.concurrency = await queue.getGlobalConcurrency();
said.done = [await queue.getJobCounts("completed", "failed"), (await queue.getJobs(["completed"], 0, -1)).length];
said.cleaned = (await queue.clean(0, 100, "completed")).length;
said.workers = await queue.getWorkersCount();
said.events = [...seen].sort();

await Promise.all([idle.close(), events.close(), flows.close()]);
await queue.obliterate({ force: true });
said.left = await (await queue.client).keys("bull:*");
await queue.close();
console.log(JSON.stringify(said));
