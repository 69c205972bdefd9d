// Handlers behind the provider framework: an onEvent, and perhaps an isComplete.
const cdk = require("aws-cdk-lib");
const {fn, job, node, provider, python, shown, size} = require("../parts");

const asked = {queryInterval: cdk.Duration.seconds(2), totalTimeout: cdk.Duration.hours(1)};
const sizeOf = (resource) => resource.getAttString("Size");
const withState = (resource) => cdk.Fn.join("-", [sizeOf(resource), resource.getAttString("State")]);

module.exports = {
  OnEvent: (app, name) => {
    const s = new cdk.Stack(app, name);
    shown(s, sizeOf(job(s, "Job", provider(s, python(s, "on_event")).serviceToken, {Size: size(s)})));
  },
  // Asked every two seconds, for an hour.
  IsComplete: (app, name) => {
    const s = new cdk.Stack(app, name);
    const isCompleteHandler = fn(s, "Asked", "jobs", "jobs.is_complete");
    const token = provider(s, python(s, "on_event"), {isCompleteHandler, ...asked}).serviceToken;
    shown(s, withState(job(s, "Job", token, {Size: size(s)})));
  },
  // The function that is asked is in a folder of its own.
  AskedElsewhere: (app, name) => {
    const s = new cdk.Stack(app, name);
    const isCompleteHandler = fn(s, "Asked", "asked", "done.ready");
    const token = provider(s, python(s, "on_event"), {isCompleteHandler, ...asked}).serviceToken;
    shown(s, withState(job(s, "Job", token, {Size: size(s)})));
  },
  NodeOnEvent: (app, name) => {
    const s = new cdk.Stack(app, name);
    shown(s, sizeOf(job(s, "Job", provider(s, node(s, "Handler", "onEvent")).serviceToken, {Size: size(s)})));
  },
  // An ES module, whose functions lie in one file.
  NodeIsComplete: (app, name) => {
    const s = new cdk.Stack(app, name);
    const isCompleteHandler = node(s, "Asked", "isComplete", "module");
    const token = provider(s, node(s, "Handler", "onEvent", "module"), {isCompleteHandler, ...asked}).serviceToken;
    shown(s, withState(job(s, "Job", token, {Size: size(s)})));
  },
  // Two resources of one provider: the second reads the first, and a third waits for both.
  Shared: (app, name) => {
    const s = new cdk.Stack(app, name);
    const token = provider(s, python(s, "on_event")).serviceToken;
    const first = job(s, "First", token, {Size: size(s)});
    const second = job(s, "Second", token, {Size: sizeOf(first), Beside: first.ref});
    const third = job(s, "Third", token, {Size: "0"});
    third.node.addDependency(first, second);
    shown(s, sizeOf(second));
  },
  // Another size is another thing: the old one is deleted.
  Replaced: (app, name) => {
    const s = new cdk.Stack(app, name);
    shown(s, sizeOf(job(s, "Job", provider(s, python(s, "on_event_by_size")).serviceToken, {Size: size(s)})));
  },
  // An onEvent that returns nothing: the id is the framework's, and there is no Data.
  Silent: (app, name) => {
    const s = new cdk.Stack(app, name);
    const wanted = size(s);
    job(s, "Job", provider(s, python(s, "on_event_silent")).serviceToken, {Size: wanted});
    shown(s, wanted);
  },
  // Data that is not to be shown.
  NoEcho: (app, name) => {
    const s = new cdk.Stack(app, name);
    const token = provider(s, python(s, "on_event_no_echo")).serviceToken;
    const first = job(s, "First", token, {Size: size(s)});
    shown(s, sizeOf(job(s, "Second", token, {Size: sizeOf(first)})));
  },
  // With a time within which the resource's handler has to answer.
  Timed: (app, name) => {
    const s = new cdk.Stack(app, name);
    const token = provider(s, python(s, "on_event")).serviceToken;
    shown(s, sizeOf(job(s, "Job", token, {Size: size(s)}, {serviceTimeout: cdk.Duration.minutes(5)})));
  },
};
