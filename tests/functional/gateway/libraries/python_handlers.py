"""One handler per Python library, each written as the library's own README shows it. They know nothing of OpenStack."""

import json


def cfnresponse_handler(event, context):
    import cfnresponse

    properties = event["ResourceProperties"]
    if event["RequestType"] != "Delete" and "Fail" in properties:
        cfnresponse.send(event, context, cfnresponse.FAILED, {}, "thing-1", reason=properties["Fail"])
        return
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {"Said": properties.get("Say", "")}, "thing-1")


def crhelper_handler(event, context):
    from crhelper import CfnResource

    helper = CfnResource(sleep_on_delete=0)

    @helper.create
    @helper.update
    def say(event, _context):
        properties = event["ResourceProperties"]
        if "Fail" in properties:
            raise ValueError(properties["Fail"])
        helper.Data["Said"] = properties["Say"]
        return "thing-1"

    @helper.delete
    def forget(_event, _context):
        pass

    helper(event, context)


def cfn_resource_provider_handler(event, context):
    from cfn_resource_provider import ResourceProvider

    class ThingProvider(ResourceProvider):
        def create(self):
            if self.get("Fail"):
                self.fail(self.get("Fail"))
                return
            self.physical_resource_id = "thing-1"
            self.set_attribute("Said", self.get("Say"))

        update = create

        def delete(self):
            self.success("gone")

    ThingProvider().handle(event, context)


def accustom_handler(event, context):
    import accustom

    @accustom.decorator(enforceUseOfClass=True)
    def handle(event, _context):
        properties = event["ResourceProperties"]
        if event["RequestType"] != "Delete" and "Fail" in properties:
            return accustom.ResponseObject(
                physicalResourceId="thing-1", reason=properties["Fail"], responseStatus=accustom.Status.FAILED
            )
        return accustom.ResponseObject(data={"Said": properties.get("Say", "")}, physicalResourceId="thing-1")

    handle(event, context)


def urllib_handler(event, _context):
    """No library at all: the standard library, as most inline Lambda code does it."""
    from urllib.request import Request, urlopen

    properties = event["ResourceProperties"]
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    answer["PhysicalResourceId"] = "thing-1"
    if event["RequestType"] != "Delete" and "Fail" in properties:
        answer.update(Status="FAILED", Reason=properties["Fail"])
    else:
        answer.update(Status="SUCCESS", Data={"Said": properties.get("Say", "")})
    urlopen(Request(event["ResponseURL"], data=json.dumps(answer).encode(), method="PUT"))
