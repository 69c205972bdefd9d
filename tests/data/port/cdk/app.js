// Small applications of the AWS CDK, one for each way to write a custom resource: `npm install && node app.js`.
const cdk = require("aws-cdk-lib");
const lambda = require("aws-cdk-lib/aws-lambda");
const logs = require("aws-cdk-lib/aws-logs");
const s3 = require("aws-cdk-lib/aws-s3");
const sns = require("aws-cdk-lib/aws-sns");
const subscriptions = require("aws-cdk-lib/aws-sns-subscriptions");
const cr = require("aws-cdk-lib/custom-resources");

const app = new cdk.App({outdir: "cdk.out", analyticsReporting: false, treeMetadata: false});
const stack = (name) => new cdk.Stack(app, name);
const jobs = (scope, id, handler, more = {}) => new lambda.Function(scope, id, {
  runtime: lambda.Runtime.PYTHON_3_12, code: lambda.Code.fromAsset("handlers/jobs"), handler: `jobs.${handler}`, ...more});
const job = (scope, id, serviceToken, properties = {Size: 1}) => new cdk.CustomResource(scope, id, {
  serviceToken, resourceType: "Custom::Job", properties});
const shown = (scope, value) => new cdk.CfnOutput(scope, "Shown", {value});

{ // The provider framework, with onEvent alone.
  const s = stack("OnEvent");
  const provider = new cr.Provider(s, "Provider", {onEventHandler: jobs(s, "Handler", "on_event")});
  shown(s, job(s, "Job", provider.serviceToken).getAttString("Size"));
}
{ // With isComplete, asked every ten seconds for an hour.
  const s = stack("IsComplete");
  const provider = new cr.Provider(s, "Provider", {
    onEventHandler: jobs(s, "Handler", "on_event"), isCompleteHandler: jobs(s, "Asked", "is_complete"),
    queryInterval: cdk.Duration.seconds(10), totalTimeout: cdk.Duration.hours(1)});
  shown(s, job(s, "Job", provider.serviceToken).getAttString("State"));
}
{ // A function by itself, which answers the ResponseURL.
  const s = stack("Plain");
  shown(s, job(s, "Job", jobs(s, "Handler", "handler", {environment: {LEVEL: "info"}}).functionArn).getAttString("Size"));
}
{ // A function whose code is in the template.
  const s = stack("Inline");
  const code = lambda.Code.fromInline("import cfnresponse\n\ndef handler(event, context):\n"
    + "    cfnresponse.send(event, context, cfnresponse.SUCCESS, {'Size': '2'}, 'inline')\n");
  const handler = new lambda.Function(s, "Handler", {runtime: lambda.Runtime.PYTHON_3_12, handler: "index.handler", code});
  shown(s, job(s, "Job", handler.functionArn).getAttString("Size"));
}
{ // A topic before the function.
  const s = stack("Topic");
  const topic = new sns.Topic(s, "Requests");
  topic.addSubscription(new subscriptions.LambdaSubscription(jobs(s, "Handler", "handler")));
  job(s, "Job", topic.topicArn);
}
{ // One call of AWS's API in place of a handler.
  const s = stack("AwsCall");
  const call = new cr.AwsCustomResource(s, "Call", {
    onCreate: {service: "SSM", action: "getParameter", parameters: {Name: "/a"},
      physicalResourceId: cr.PhysicalResourceId.of("call")},
    policy: cr.AwsCustomResourcePolicy.fromSdkCalls({resources: ["*"]})});
  shown(s, call.getResponseField("Parameter.Value"));
}
{ // What the CDK's own constructs need: no handler of the user's.
  const s = stack("Cdks");
  new s3.Bucket(s, "Bucket", {autoDeleteObjects: true, removalPolicy: cdk.RemovalPolicy.DESTROY});
  new logs.LogRetention(s, "Log", {logGroupName: "/a", retention: logs.RetentionDays.ONE_WEEK});
}
{ // Nested stacks, two deep; each uses a provider of another's.
  const s = stack("Nested");
  const size = new cdk.CfnParameter(s, "Size", {default: "3"});
  const provider = new cr.Provider(s, "Provider", {onEventHandler: jobs(s, "Handler", "on_event")});
  const inner = new cdk.NestedStack(s, "Inner");
  const first = job(inner, "First", provider.serviceToken, {Size: size.valueAsString});
  const own = new cr.Provider(inner, "Own", {
    onEventHandler: jobs(inner, "Handler", "on_event"), isCompleteHandler: jobs(inner, "Asked", "is_complete")});
  const deeper = new cdk.NestedStack(inner, "Deeper");
  const second = job(deeper, "Second", own.serviceToken, {Size: first.getAttString("Size")});
  const third = job(s, "Third", own.serviceToken, {Size: second.getAttString("State")});
  shown(s, third.getAttString("Size"));
}
app.synth();
