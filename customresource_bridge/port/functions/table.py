"""The table of the intrinsic functions, each with its translator."""

from customresource_bridge.port.context import Translator
from customresource_bridge.port.functions import lists, references, text

FUNCTIONS: dict[str, Translator] = {
    "Ref": references.ref,
    "Fn::GetAtt": references.get_att,
    "Fn::If": references.if_,
    "Fn::ImportValue": references.import_value,
    "Fn::Sub": text.sub,
    "Fn::Join": text.join,
    "Fn::Split": text.split,
    "Fn::Base64": text.base64,
    "Fn::ToJsonString": text.to_json_string,
    "Fn::Select": lists.select,
    "Fn::FindInMap": lists.find_in_map,
    "Fn::GetAZs": lists.get_azs,
    "Fn::Cidr": lists.cidr,
    "Fn::Length": lists.length,
}
