// What the applications share: stacks, functions of the handlers beside this file, and jobs for them.
const path = require("path");
const cdk = require("aws-cdk-lib");
const lambda = require("aws-cdk-lib/aws-lambda");
const cr = require("aws-cdk-lib/custom-resources");

const code = (folder) => lambda.Code.fromAsset(path.join(__dirname, "handlers", folder));
const size = (stack) => new cdk.CfnParameter(stack, "Size", {default: "1"}).valueAsString;
const shown = (stack, value) => new cdk.CfnOutput(stack, "Shown", {value});

// All applications have a function of one name and run in one project: each is to have a queue of its own.
const fn = (stack, id, folder, handler, more = {}) => new lambda.Function(stack, id, {
  runtime: lambda.Runtime.PYTHON_3_12, code: code(folder), handler, ...more});
const python = (stack, handler, more) => fn(stack, "Handler", "jobs", `jobs.${handler}`, more);
const node = (stack, id, handler, folder = "node") => fn(stack, id, folder, `index.${handler}`, {
  runtime: lambda.Runtime.NODEJS_20_X});
const provider = (stack, onEventHandler, more = {}) => new cr.Provider(stack, "Provider", {onEventHandler, ...more});
const job = (scope, id, serviceToken, properties, more = {}) => new cdk.CustomResource(scope, id, {
  serviceToken, resourceType: "Custom::Job", properties, ...more});

module.exports = {code, fn, job, node, provider, python, shown, size};
