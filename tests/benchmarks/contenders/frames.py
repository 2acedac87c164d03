"""The frames that codecs are measured with: an LACPDU, and a UDP datagram in a VLAN."""

LACPDU = bytes.fromhex(
    "0180c2000002"  # to the slow protocols' group
    "525400aa0001"
    "88090101"
    "01148000525400aa0001012b80000004 3d000000"
    "021480000200000000fe000780000001 3d000000"
    "03100000" + "00" * 12 + "0000" + "00" * 50
)
UDP = bytes.fromhex(
    "525400aa00010211223344558100000a0800"
    "4500001f000000004011f6c3c0000209c0000201"
    "23282329000b4550782b78"
)
