"""A protoc plugin: the three Python generators inside grpcio-tools, made private to fsfreezed.

protoc lays generated modules out as packages of their own, here a top-level `fsfreeze` that would
belong to nobody and could clash with the user's own. This puts all of them into `fsfreezed._gen`.
The grpcio-tools wheel carries no plugin executables, hence one that calls its protoc.
"""

import re
import sys
import tempfile
from pathlib import Path

from google.protobuf.compiler import plugin_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc

CONTRACT = "fsfreeze/v1/"
PACKAGE = "fsfreezed._gen"
GENERATORS = ("python_out", "pyi_out", "grpc_python_out")


def private(code: str) -> str:
    """Makes imports of the contract's modules relative, and names classes by where they are."""
    code = re.sub(r"^from fsfreeze\.v1 import ", "from . import ", code, flags=re.MULTILINE)
    return re.sub(r"'fsfreeze\.v1\.(\w+_pb2)'", rf"'{PACKAGE}.\1'", code)


def main() -> int:
    request = plugin_pb2.CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
    response = plugin_pb2.CodeGeneratorResponse(
        supported_features=plugin_pb2.CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL
    )
    with_service = {proto.name for proto in request.proto_file if proto.service}
    with tempfile.TemporaryDirectory() as temporary:
        descriptors = Path(temporary, "descriptors")
        descriptors.write_bytes(FileDescriptorSet(file=request.proto_file).SerializeToString())
        out = Path(temporary, "out")
        out.mkdir()
        outs = [f"--{generator}={out}" for generator in GENERATORS]
        status = protoc.main(
            ["protoc", f"--descriptor_set_in={descriptors}", *outs, *request.file_to_generate]
        )
        if status:
            return int(status)
        response.file.add(
            name="__init__.py",
            content='"""Generated from the contract (proto/fsfreeze/v1). Do not edit."""\n',
        )
        for file in sorted(out.joinpath(CONTRACT).iterdir()):
            proto = CONTRACT + re.sub(r"_pb2(_grpc)?\.pyi?$", ".proto", file.name)
            # For a file without a service there is only a version check that others make, too.
            if file.name.endswith("_grpc.py") and proto not in with_service:
                continue
            response.file.add(name=file.name, content=private(file.read_text(encoding="utf-8")))
    sys.stdout.buffer.write(response.SerializeToString())
    return 0


if __name__ == "__main__":
    sys.exit(main())
