// Applications of the AWS CDK, some for each way to write a custom resource: `node app.js FOLDER` synthesises them all.
const cdk = require("aws-cdk-lib");

const app = new cdk.App({outdir: process.argv[2], analyticsReporting: false, treeMetadata: false});
for (const of of ["providers", "functions", "shapes", "assemblies", "aws"]) {
  for (const [name, make] of Object.entries(require(`./apps/${of}`))) {
    make(app, name);
  }
}
app.synth();
