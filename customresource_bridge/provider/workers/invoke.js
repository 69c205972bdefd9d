// Calls one Node handler with one event, and says what came of it, as invoke.py does for Python.
//
// The order comes as JSON on standard input; the account goes as JSON to the file descriptor that it names. As in Lambda,
// a handler may return a promise or take a callback; what it prints is the runner's business.
"use strict";
const fs = require("fs");
const path = require("path");
const { pathToFileURL } = require("url");

const order = JSON.parse(fs.readFileSync(0, "utf8"));
const SETTLING = 5000; // milliseconds that a handler has after its end: what it still sends is on its way
let reported = false;

function report(account) {
  if (reported) return;
  reported = true;
  const text = Buffer.from(JSON.stringify(account));
  let at = 0;
  while (at < text.length) {
    try {
      at += fs.writeSync(order.answer_fd, text, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function described(error) {
  if (!(error instanceof Error)) return typeof error === "string" ? `Error: ${error}` : `Error: ${JSON.stringify(error)}`;
  return `${error.name}: ${error.message}`;
}

function place(error) {
  const here = process.cwd() + path.sep;
  for (const line of String((error && error.stack) || "").split("\n")) {
    const found = line.match(/(?:file:\/\/)?(\/[^()]*):(\d+):\d+\)?$/) || line.match(/^(\/.*):(\d+)$/);
    if (found && found[1].startsWith(here) && !found[1].includes("node_modules"))
      return ` (${found[1].slice(here.length)}, line ${found[2]})`;
  }
  return "";
}

function failed(error) {
  if (!reported) console.error(error);
  report({ raised: described(error) + place(error) });
  process.exit(0);
}

function returned(value) {
  let text;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    report({ returned: null, not_json: described(error) });
  }
  report({ returned: text === undefined ? null : JSON.parse(text) });
  setTimeout(() => process.exit(0), SETTLING).unref();
}

function fileOf(name) {
  for (const ending of [".js", ".mjs", ".cjs"]) if (fs.existsSync(name + ending)) return name + ending;
  throw new Error(`there is no ${name}.js, ${name}.mjs or ${name}.cjs`);
}

async function find(name) {
  const colon = name.indexOf(":");
  const at = colon < 0 ? name.indexOf(".", name.lastIndexOf("/") + 1) : colon; // as Lambda: what follows may have dots
  const loaded = await import(pathToFileURL(path.resolve(fileOf(name.slice(0, at)))));
  const exported = { ...loaded, ...(loaded.default instanceof Object ? loaded.default : {}) };
  const found = name.slice(at + 1).split(".").reduce((owner, part) => owner && owner[part], exported);
  if (typeof found !== "function") throw new TypeError(`${name.slice(at + 1)} is no function that it exports`);
  return { handler: found, exported };
}

function context() {
  const given = order.context;
  const end = Date.now() + order.seconds * 1000;
  return {
    functionName: given.function_name,
    functionVersion: given.function_version,
    invokedFunctionArn: given.invoked_function_arn,
    memoryLimitInMB: given.memory_limit_in_mb,
    awsRequestId: given.aws_request_id,
    logGroupName: given.log_group_name,
    logStreamName: given.log_stream_name,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, end - Date.now()),
    done: (error, value) => (error ? failed(error) : returned(value)),
    succeed: returned,
    fail: (error) => failed(error || "it failed"),
  };
}

function isPlain(value) {
  return value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;
}

async function main() {
  let found;
  try {
    found = await find(order.handler);
  } catch (error) {
    report({ import_failed: described(error) + place(error) });
    process.exit(0);
  }
  if (order.only_load) {
    const beside = Object.keys(found.exported).filter((name) => name.replace(/_/g, "").toLowerCase() === "iscomplete");
    report({ returned: { beside, crhelper: null } });
    process.exit(0);
  }
  process.on("uncaughtException", failed);
  process.on("unhandledRejection", failed);
  process.on("beforeExit", () => report({ returned: null })); // nothing is left to be done, and no callback was called
  const about = context();
  const value = found.handler(order.event, about, about.done);
  if (value && typeof value.then === "function") value.then(returned, failed);
  else if (isPlain(value)) returned(value); // Lambda would lose it
}

process.env.AWS_EXECUTION_ENV = process.env.AWS_EXECUTION_ENV || `AWS_Lambda_nodejs${process.versions.node.split(".")[0]}.x`;
main().catch(failed);
