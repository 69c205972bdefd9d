// Runs one Node handler as Lambda would: node run.js LIBRARY, the event on standard input. Each handler is written as
// the library's own README shows it.
"use strict";
const http = require("http");
const path = require("path");

const modules = process.env.HANDLER_MODULES;
const load = (name) => require(path.join(modules, name));

const handlers = {
  "cfn-response": (event, context) => {
    const response = load("cfn-response");
    const properties = event.ResourceProperties;
    const failed = event.RequestType !== "Delete" && properties.Fail;
    response.send(event, context, failed ? response.FAILED : response.SUCCESS, { Said: properties.Say }, "thing-1");
  },

  "cfn-custom-resource": async (event) => {
    const { sendSuccess, sendFailure } = load("cfn-custom-resource");
    const properties = event.ResourceProperties;
    if (event.RequestType !== "Delete" && properties.Fail) {
      await sendFailure(properties.Fail, event);
      return;
    }
    await sendSuccess("thing-1", { Said: properties.Say }, event);
  },

  // What the CDK bundles with its own Node handlers.
  "cdk-entrypoint": async (event, context) => {
    const entrypoint = load("aws-cdk-lib/custom-resource-handlers/dist/core/nodejs-entrypoint-handler");
    entrypoint.external.userHandlerIndex = path.join(__dirname, "on_event.js");
    await entrypoint.handler(event, context);
  },

  // The CDK's provider framework, which calls the user's function through Lambda's API.
  "cdk-framework": async (event) => {
    const lambda = await startLambda(require("./on_event.js").handler);
    process.env.AWS_ENDPOINT_URL_LAMBDA = `http://127.0.0.1:${lambda.address().port}`;
    process.env.USER_ON_EVENT_FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:thing";
    const framework = load("aws-cdk-lib/custom-resources/lib/provider-framework/runtime/framework");
    await framework.onEvent(event);
    lambda.close();
  },
};

// The one call of Lambda's API that the framework makes.
function startLambda(handler) {
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", async () => {
      try {
        response.end(JSON.stringify((await handler(JSON.parse(body))) ?? null));
      } catch (error) {
        response.setHeader("X-Amz-Function-Error", "Unhandled");
        response.end(JSON.stringify({ errorMessage: error.message, errorType: error.name, trace: [] }));
      }
    });
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

async function main() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const event = JSON.parse(Buffer.concat(chunks).toString());
  const context = { logStreamName: "the-log-stream", functionName: "thing", done: () => {} };
  await handlers[process.argv[2]](event, context);
}

main();
