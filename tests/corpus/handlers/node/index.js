// Jobs that are files, in Node: behind the provider framework, and with an answer of its own.
const fs = require("fs");
const https = require("https");

const nameOf = (event) => event.PhysicalResourceId ?? `job-${event.LogicalResourceId}`;

const doIt = (event) => {
  const size = event.ResourceProperties.Size;
  const thing = `things/${nameOf(event)}`;
  if (event.RequestType === "Delete") {
    fs.rmSync(thing, {force: true});
    return {};
  }
  if (size === "broken") throw new Error("the size is broken");
  fs.mkdirSync("things", {recursive: true});
  fs.writeFileSync(thing, size);
  return {Size: size};
};

exports.onEvent = async (event) => {
  console.log("asked to", event.RequestType);
  return {PhysicalResourceId: nameOf(event), Data: doIt(event)};
};

exports.handler = (event, context, callback) => {
  const answer = {StackId: event.StackId, RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId,
    PhysicalResourceId: nameOf(event), Status: "SUCCESS"};
  try {
    answer.Data = doIt(event);
  } catch (error) {
    Object.assign(answer, {Status: "FAILED", Reason: error.message});
  }
  const body = JSON.stringify(answer);
  const headers = {"content-type": "", "content-length": Buffer.byteLength(body)};
  const request = https.request(event.ResponseURL, {method: "PUT", headers}, () => callback(null, "answered"));
  request.on("error", callback);
  request.end(body);
};
