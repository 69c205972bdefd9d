// What needs AWS, and so is in the way of a create: the report says of each what takes its place.
const cdk = require("aws-cdk-lib");
const lambda = require("aws-cdk-lib/aws-lambda");
const logs = require("aws-cdk-lib/aws-logs");
const s3 = require("aws-cdk-lib/aws-s3");
const deployment = require("aws-cdk-lib/aws-s3-deployment");
const sns = require("aws-cdk-lib/aws-sns");
const subscriptions = require("aws-cdk-lib/aws-sns-subscriptions");
const triggers = require("aws-cdk-lib/triggers");
const cr = require("aws-cdk-lib/custom-resources");
const {fn, job, python, shown, size} = require("../parts");

module.exports = {
  Topic: (app, name) => {
    const s = new cdk.Stack(app, name);
    const topic = new sns.Topic(s, "Requests");
    topic.addSubscription(new subscriptions.LambdaSubscription(python(s, "handler")));
    job(s, "Job", topic.topicArn, {Size: size(s)});
  },
  AwsCall: (app, name) => {
    const s = new cdk.Stack(app, name);
    const call = new cr.AwsCustomResource(s, "Call", {
      onCreate: {service: "SSM", action: "getParameter", parameters: {Name: "/a"},
        physicalResourceId: cr.PhysicalResourceId.of("call")},
      policy: cr.AwsCustomResourcePolicy.fromSdkCalls({resources: ["*"]})});
    shown(s, call.getResponseField("Parameter.Value"));
  },
  EmptiedBucket: (app, name) => {
    new s3.Bucket(new cdk.Stack(app, name), "Bucket", {
      autoDeleteObjects: true, removalPolicy: cdk.RemovalPolicy.DESTROY});
  },
  Notified: (app, name) => {
    const s = new cdk.Stack(app, name);
    const bucket = s3.Bucket.fromBucketName(s, "Bucket", "others");
    bucket.addObjectCreatedNotification(new (require("aws-cdk-lib/aws-s3-notifications").LambdaDestination)(
      python(s, "handler")));
  },
  Deployed: (app, name) => {
    const s = new cdk.Stack(app, name);
    new deployment.BucketDeployment(s, "Deployment", {
      sources: [deployment.Source.data("hello.txt", "hello")],
      destinationBucket: s3.Bucket.fromBucketName(s, "Bucket", "others")});
  },
  Retention: (app, name) => {
    new logs.LogRetention(new cdk.Stack(app, name), "Log", {
      logGroupName: "/a", retention: logs.RetentionDays.ONE_WEEK});
  },
  Triggered: (app, name) => {
    const s = new cdk.Stack(app, name);
    new triggers.Trigger(s, "Trigger", {handler: python(s, "handler")});
  },
  // Code that calls AWS's API, and code in an image.
  CallsAws: (app, name) => {
    const s = new cdk.Stack(app, name);
    job(s, "Job", fn(s, "Handler", "boto", "app.handler").functionArn, {Size: size(s)});
  },
  Image: (app, name) => {
    const s = new cdk.Stack(app, name);
    const image = require("aws-cdk-lib/aws-ecr").Repository.fromRepositoryName(s, "Images", "jobs");
    const handler = new lambda.DockerImageFunction(s, "ImageHandler", {code: lambda.DockerImageCode.fromEcr(image)});
    job(s, "Job", handler.functionArn, {Size: size(s)});
  },
};
