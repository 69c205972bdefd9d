// A user's function for the CDK's frameworks: returns on success, throws on failure.
"use strict";

exports.handler = async (event) => {
  const properties = event.ResourceProperties;
  if (event.RequestType !== "Delete" && properties.Fail) throw new Error(properties.Fail);
  return { PhysicalResourceId: "thing-1", Data: { Said: properties.Say } };
};
