"""Verifies a verdict of the gate with nothing of countersign: other people's DSSE and in-toto.

    verify-verdict.py VERDICT GATE_KEY.pub COMMIT RESOURCE LEVEL

Follows "How to verify" of SLSA's specification of the VSA, step by step, and looks at the expiry besides.
Prints the predicate as JSON; exits with 1 and a reason otherwise.
"""

import base64
import hashlib
import json
import sys
from datetime import datetime, timezone

from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from google.protobuf import json_format
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey


def main(path, key_path, commit, resource, level):
    with open(key_path, "rb") as file:
        line = file.read()
    blob = base64.b64decode(line.split()[1])
    fingerprint = "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    key = SSlibKey.from_crypto(load_ssh_public_key(line), keyid=fingerprint)
    with open(path, "rb") as file:
        envelope = Envelope.from_dict(json.load(file))

    # 1. The signature.
    envelope.verify([key], threshold=1)
    if envelope.payload_type != "application/vnd.in-toto+json":
        raise ValueError("payloadType")
    document = json.loads(envelope.payload)
    statement = json_format.ParseDict(document, statement_pb2.Statement())
    Statement.copy_from_pb(statement).validate()
    # 2. The subject.
    if statement.subject[0].digest["gitCommit"] != commit:
        raise ValueError("subject")
    # 3. The predicate's type. in-toto's own class of it takes `verifiedLevels` for one text (0.9.3), and SLSA for
    # a list: the fields are read as they are. Those that are not known are ignored, as the parsing rules say.
    if statement.predicate_type != "https://slsa.dev/verification_summary/v1":
        raise ValueError("predicateType")
    predicate = document["predicate"]
    # 4. The verifier and the key belong together.
    if predicate["verifier"]["id"] != f"urn:countersign:gate:{fingerprint}":
        raise ValueError("verifier")
    # 5. to 7. The resource, the result, the level.
    if predicate["resourceUri"] != resource:
        raise ValueError("resourceUri")
    if predicate["verificationResult"] != "PASSED":
        raise ValueError("verificationResult")
    if level not in predicate["verifiedLevels"]:
        raise ValueError("verifiedLevels")
    # Besides: until when the gate vouches for it.
    if datetime.fromisoformat(predicate["urn:countersign:expires-at"]) <= datetime.now(timezone.utc):
        raise ValueError("expires-at")
    print(json.dumps(predicate))


try:
    main(*sys.argv[1:])
except (VerificationError, ValueError, KeyError, json_format.ParseError) as error:
    sys.exit(f"not verified: {type(error).__name__}: {error}")
