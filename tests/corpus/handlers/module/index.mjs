// A job that is a file and takes a while, as an ES module.
import {existsSync, mkdirSync, rmSync, writeFileSync} from "node:fs";

const nameOf = (event) => event.PhysicalResourceId ?? `job-${event.LogicalResourceId}`;

export async function onEvent(event) {
  const thing = `things/${nameOf(event)}`;
  if (event.RequestType === "Delete") {
    rmSync(thing, {force: true});
    return {PhysicalResourceId: nameOf(event)};
  }
  const size = event.ResourceProperties.Size;
  if (size === "broken") throw new Error("the size is broken");
  mkdirSync("things", {recursive: true});
  writeFileSync(thing, size);
  return {PhysicalResourceId: nameOf(event), Data: {Size: size}};
}

export async function isComplete(event) {
  const asked = `asked-${event.RequestId}`;
  if (event.RequestType !== "Delete" && !existsSync(asked)) {
    writeFileSync(asked, "");
    return {IsComplete: false};
  }
  rmSync(asked, {force: true});
  return {IsComplete: true, Data: event.RequestType === "Delete" ? undefined : {State: "done"}};
}
