// Shapes of stacks: nested ones, conditions, policies, values of each kind.
const cdk = require("aws-cdk-lib");
const {fn, job, provider, python, shown, size} = require("../parts");

module.exports = {
  // Two deep; each uses a provider of another's.
  Nested: (app, name) => {
    const s = new cdk.Stack(app, name);
    const token = provider(s, python(s, "on_event")).serviceToken;
    const inner = new cdk.NestedStack(s, "Inner");
    const first = job(inner, "First", token, {Size: size(s)});
    const own = provider(inner, fn(inner, "Handler", "jobs", "jobs.on_event"), {
      isCompleteHandler: fn(inner, "Asked", "jobs", "jobs.is_complete"),
      queryInterval: cdk.Duration.seconds(2)}).serviceToken;
    const deeper = new cdk.NestedStack(inner, "Deeper");
    const second = job(deeper, "Second", own, {Size: first.getAttString("Size")});
    shown(s, job(s, "Third", token, {Size: second.getAttString("Size")}).getAttString("Size"));
  },
  // Two resources under opposite conditions.
  Conditional: (app, name) => {
    const s = new cdk.Stack(app, name);
    const stage = new cdk.CfnParameter(s, "Stage", {default: "live", allowedValues: ["live", "test"]}).valueAsString;
    const live = new cdk.CfnCondition(s, "IsLive", {expression: cdk.Fn.conditionEquals(stage, "live")});
    const test = new cdk.CfnCondition(s, "IsTest", {expression: cdk.Fn.conditionNot(live)});
    const token = provider(s, python(s, "on_event")).serviceToken;
    const under = (id, condition, properties) => {
      const made = job(s, id, token, properties);
      made.node.defaultChild.cfnOptions.condition = condition;
      return made;
    };
    const one = under("Live", live, {Size: size(s), Note: cdk.Fn.conditionIf("IsTest", "a", cdk.Aws.NO_VALUE)});
    const other = under("Test", test, {Size: "9"});
    shown(s, cdk.Token.asString(cdk.Fn.conditionIf("IsLive", one.getAtt("Size"), other.getAtt("Size"))));
  },
  // What stays when its stack is deleted.
  Kept: (app, name) => {
    const s = new cdk.Stack(app, name);
    const token = provider(s, python(s, "on_event")).serviceToken;
    const more = {removalPolicy: cdk.RemovalPolicy.RETAIN};
    shown(s, job(s, "Job", token, {Size: size(s)}, more).getAttString("Size"));
  },
  // Maps, lists, numbers, mappings, and functions over them; the handler says what it was given.
  Values: (app, name) => {
    const s = new cdk.Stack(app, name);
    const sizes = new cdk.CfnMapping(s, "Sizes", {mapping: {small: {Cores: "1", Disk: "10"}}});
    const wanted = size(s);
    const made = job(s, "Job", provider(s, python(s, "on_event")).serviceToken, {
      size: wanted,
      flags: {on: true, off: false, many: [1, 2.5, "three"]},
      cores: sizes.findInMap("small", "Cores"),
      name: cdk.Fn.sub("${Who}-${AWS::StackName}", {Who: cdk.Fn.select(1, cdk.Fn.split(",", `a,${wanted}`))}),
      region: s.region,
    }, {pascalCaseProperties: true});
    shown(s, cdk.Fn.join("", [made.getAttString("Size"), " ", made.getAttString("Given")]));
  },
  // The type that needs no name.
  Classic: (app, name) => {
    const s = new cdk.Stack(app, name);
    const made = new cdk.CfnCustomResource(s, "Job", {serviceToken: python(s, "handler").functionArn});
    made.addPropertyOverride("Size", size(s));
    shown(s, made.getAtt("Size").toString());
  },
  // Three handlers in a row.
  Chain: (app, name) => {
    const s = new cdk.Stack(app, name);
    const functions = ["One", "Two", "Three"].map((id) => fn(s, id, "jobs", "jobs.handler"));
    const last = functions.reduce((before, each, at) => job(s, `Job${at}`, each.functionArn, {
      Size: before ? before.getAttString("Size") : size(s), Of: before ? before.ref : "nothing"}), undefined);
    shown(s, last.getAttString("Size"));
  },
};
