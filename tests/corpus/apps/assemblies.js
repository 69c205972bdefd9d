// More than one stack: a stage, whose assembly lies in the application's, and stacks that refer to each other.
const cdk = require("aws-cdk-lib");
const {job, provider, python, shown, size} = require("../parts");

const jobs = (scope, name) => {
  const s = new cdk.Stack(scope, name);
  shown(s, job(s, "Job", provider(s, python(s, "on_event")).serviceToken, {Size: size(s)}).getAttString("Size"));
};

module.exports = {
  Stage: (app, name) => jobs(new cdk.Stage(app, name), "Staged"),
  Inner: (app, name) => jobs(new cdk.Stage(new cdk.Stage(app, "Outer"), name), "Deep"),
  // The second one uses the provider of the first, and reads its resource.
  Producer: (app, name) => {
    const s = new cdk.Stack(app, name);
    const token = provider(s, python(s, "on_event")).serviceToken;
    const made = job(s, "Job", token, {Size: size(s)});
    shown(s, made.getAttString("Size"));
    const other = new cdk.Stack(app, "Consumer");
    shown(other, job(other, "Job", token, {Size: made.getAttString("Size")}).getAttString("Size"));
  },
};
