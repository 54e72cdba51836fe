"""Sends HL7 messages over one MLLP connection, each after the answer to the one before.

usage: send.py PORT; standard input is a JSON list of messages, standard output one of MSA-1 of each answer.
"""

import json
import sys

import hl7
from hl7.client import MLLPClient

with MLLPClient("127.0.0.1", int(sys.argv[1])) as client:
    codes = []
    for text in json.load(sys.stdin):
        answer = client.send_message(hl7.parse(text))
        codes.append(str(hl7.parse(answer.strip(b"\x0b\x1c\r").decode()).segment("MSA")[1]))
json.dump(codes, sys.stdout)
