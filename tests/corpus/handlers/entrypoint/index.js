// A job that is a file; what answers is the CDK's own file beside this one.
const fs = require("fs");

exports.handler = async (event) => {
  if (event.RequestType === "Delete") {
    fs.rmSync("things/entered", {force: true});
    return {PhysicalResourceId: "entered"};
  }
  const Size = event.ResourceProperties.Size;
  if (Size === "broken") throw new Error("the size is broken");
  fs.mkdirSync("things", {recursive: true});
  fs.writeFileSync("things/entered", Size);
  return {PhysicalResourceId: "entered", Data: {Size}};
};
