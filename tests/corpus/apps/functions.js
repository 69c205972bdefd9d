// Handlers that answer by themselves: a function behind the ServiceToken, without the provider framework.
const path = require("path");
const cdk = require("aws-cdk-lib");
const lambda = require("aws-cdk-lib/aws-lambda");
const {code, fn, job, node, python, shown, size} = require("../parts");

const inline = (text, runtime) => ({runtime, code: lambda.Code.fromInline(text)});
const PYTHON = `import os
from pathlib import Path

import cfnresponse


def handler(event, context):
    thing = Path("things", "inline")
    if event["RequestType"] == "Delete":
        thing.unlink(missing_ok=True)
        return cfnresponse.send(event, context, cfnresponse.SUCCESS, {}, thing.name)
    size = event["ResourceProperties"]["Size"]
    if size == "broken":
        return cfnresponse.send(event, context, cfnresponse.FAILED, {}, thing.name)
    thing.parent.mkdir(exist_ok=True)
    thing.write_text(size)
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {"Size": size, "Level": os.environ["LEVEL"]}, thing.name)
`;
const NODE = `const fs = require("fs");
const response = require("cfn-response");

exports.handler = (event, context) => {
  const size = event.ResourceProperties.Size;
  if (event.RequestType === "Delete") {
    fs.rmSync("things/inline", {force: true});
    return response.send(event, context, response.SUCCESS, {}, "inline");
  }
  if (size === "broken") {
    return response.send(event, context, response.FAILED, {}, "inline");
  }
  fs.mkdirSync("things", {recursive: true});
  fs.writeFileSync("things/inline", size);
  return response.send(event, context, response.SUCCESS, {Size: size}, "inline");
};
`;
const plain = (make) => (app, name) => {
  const s = new cdk.Stack(app, name);
  const token = make(s).functionArn;
  shown(s, job(s, "Job", token, {Size: size(s)}).getAttString("Size"));
};

module.exports = {
  Plain: plain((s) => python(s, "handler", {environment: {LEVEL: "info", STACK: s.stackName}})),
  Inline: plain((s) => fn(s, "Handler", "jobs", "index.handler", {
    ...inline(PYTHON, lambda.Runtime.PYTHON_3_13), environment: {LEVEL: "info"}, timeout: cdk.Duration.seconds(30)})),
  InlineNode: plain((s) => fn(s, "Handler", "jobs", "index.handler", inline(NODE, lambda.Runtime.NODEJS_20_X))),
  Crhelper: plain((s) => fn(s, "Handler", "crhelper", "plain.handler")),
  CrhelperPolled: plain((s) => fn(s, "Handler", "crhelper", "polled.handler", {timeout: cdk.Duration.minutes(2)})),
  NodePlain: plain((s) => node(s, "Handler", "handler")),
  // Code that was packed before.
  Zipped: plain((s) => fn(s, "Handler", "jobs", "src/jobs.handler", {
    code: lambda.Code.fromAsset(path.join(process.argv[2], "..", "jobs.zip"))})),
  // A version, by an alias.
  Aliased: plain((s) => new lambda.Alias(s, "Live", {aliasName: "live", version: python(s, "handler").currentVersion})),
  // One function for all constructs that ask for it.
  Singleton: (app, name) => {
    const s = new cdk.Stack(app, name);
    const make = (id) => new lambda.SingletonFunction(s, id, {
      uuid: "f7d4f730-4ee1-11e8-9c2d-fa7ae01bbebc", lambdaPurpose: "SingletonJobs",
      runtime: lambda.Runtime.PYTHON_3_12, code: code("jobs"), handler: "jobs.handler"});
    const first = job(s, "First", make("One").functionArn, {Size: size(s)});
    shown(s, job(s, "Second", make("Two").functionArn, {Size: first.getAttString("Size")}).getAttString("Size"));
  },
  // The CDK's small framework, whose file calls that of the user.
  Entrypoint: (app, name) => {
    const s = new cdk.Stack(app, name);
    const token = cdk.CustomResourceProvider.getOrCreate(s, "Custom::Entrypoint", {
      codeDirectory: path.join(__dirname, "..", "handlers", "entrypoint"),
      runtime: cdk.CustomResourceProviderRuntime.NODEJS_20_X});
    shown(s, job(s, "Job", token, {Size: size(s)}).getAttString("Size"));
  },
  // A runtime of the user's own.
  Shell: plain((s) => fn(s, "Handler", "shell", "bootstrap.handler", {runtime: lambda.Runtime.PROVIDED_AL2023})),
};
