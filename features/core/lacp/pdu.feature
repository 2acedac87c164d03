@lacp @pdu
Feature: LACPDUs
  What the NAS puts on each cable to be understood by a switch (802.1AX-2014 6.4.2), and what
  it makes of frames that are not quite LACPDUs.

  Rule: An LACPDU has the layout of the standard

    @lacp.L-01 @lacp.L-02 @lacp.L-03 @lacp.L-04
    Scenario: The first LACPDU has the fields of the standard
      A switch that reports a wrong partner is best compared with this. The key holds the
      port's speed and the LAGG (lacp_compose_key); the port's number is its interface index.
      Its AGGREGATION bit says that the port may be one of several, EXPIRED that nobody was
      heard yet.

      Given an LACP partner on ports 1 and 5 that sends nothing
      And a LAGG lagg0 with protocol lacp on ports 1 and 5
      When port 1 announces EXPIRED within 5 seconds
      Then the first LACPDU of port 1 has
        | length                 | 124 bytes                      |
        | destination            | 01:80:c2:00:00:02              |
        | source                 | that of port 1                 |
        | type, subtype, version | 88 09 01 01                    |
        | actor TLV              | 01 14                          |
        | system priority        | 8000                           |
        | system                 | that of port 1                 |
        | port priority          | 8000                           |
        | port                   | the index of port 1            |
        | state                  | ACTIVITY,AGGREGATION,EXPIRED   |
        | partner TLV            | 02 14                          |
        | partner system         | 00:00:00:00:00:00              |
        | partner key number     | 0                              |
        | partner port number    | 0                              |
        | partner state          | TIMEOUT                        |
        | collector TLV          | 03 10 00 00                    |
        | terminator TLV         | 00 00                          |
        | reserved bytes         | all zero                       |
        | key                    | the speed of port 1, in lagg0  |

    @lacp.L-02 @lacp.L-03 @lacp.L-04 @refines.C-16
    Scenario: Each port sends LACPDUs from its own address, for the system of the LAGG
      The source is the port's own address; the system is the LAGG's address, that of its first
      port. A capture filtered by the LAGG's address does not show the LACPDUs of the other ports.
      The speed is part of the key, so that ports of different speed never join.

      Given an LACP partner on ports 1, 2 and 5
      And a LAGG lagg0 with protocol lacp on ports 1, 2 and 5
      When ports 1 and 2 announce AGGREGATION within 5 seconds
      Then the first LACPDU of port 2 has
        | source | that of port 2      |
        | system | that of port 1      |
        | port   | the index of port 2 |
        | key    | the speed of port 2, in lagg0 |
      When port 5 is up and has its link
      And the partner sends an LACPDU now
      And port 5 announces AGGREGATION within 45 seconds
      Then the first LACPDU of port 5 has
        | source | that of port 5      |
        | system | that of port 1      |
        | port   | the index of port 5 |
        | key    | the speed of port 5, in lagg0 |

    @lacp.L-01
    Scenario: An LACPDU repeats what the partner said of itself
      Both ends compare this echo with what they sent: it is how they know that they hear each
      other.

      Given an LACP partner on port 1 that is ready at once
      And a LAGG lagg0 with protocol lacp on port 1
      When port 1 announces DISTRIBUTING within 10 seconds
      Then the last LACPDU of port 1 has
        | state                   | ACTIVITY,AGGREGATION,SYNC,COLLECTING,DISTRIBUTING |
        | partner system priority | 8000                                              |
        | partner system          | 02:00:00:00:00:a1                                 |
        | partner key number      | 7                                                 |
        | partner port priority   | 8000                                              |
        | partner port number     | 1                                                 |
        | partner state           | ACTIVITY,AGGREGATION,SYNC,COLLECTING,DISTRIBUTING |

  Rule: Frames that are no LACPDUs are ignored

    @lacp.L-28 @lacp.L-29
    Scenario: Frames that only look like LACPDUs change nothing
      Length, destination and the lengths of the TLVs are checked (lacp_pdu_input, tlv_check).
      None of these frames may make a partner, or a broken device could take a port over.

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      And 4 seconds pass
      When an LACPDU of 60 bytes arrives on port 1
      And an LACPDU of 123 bytes arrives on port 1
      And an LACPDU of 125 bytes arrives on port 1
      And an LACPDU with an actor TLV of 19 bytes arrives on port 1
      And an LACPDU with a partner TLV of 21 bytes arrives on port 1
      And an LACPDU with a collector TLV of 15 bytes arrives on port 1
      And an LACPDU to the NAS's own address arrives on port 1
      And an LACPDU to the group address of 802.1X arrives on port 1
      And an LACPDU in VLAN 7 arrives on port 1
      And an LACPDU of subtype 3 arrives on port 1
      And an LACPDU of subtype 10 arrives on port 1
      And 2 seconds pass
      Then ifconfig shows lagg0 with
        | port 1         | none                            |
        | port 1 state   | ACTIVITY,AGGREGATION,DEFAULTED  |
        | port 1 partner | 00:00:00:00:00:00               |

    @lacp.L-28
    Scenario Outline: A well-formed LACPDU is accepted, even of a later version
      The standard wants a receiver to take later versions and to ignore reserved bytes
      (6.4.2.3, 5.3.3): so a switch may be newer than the NAS.

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      And 4 seconds pass
      When an LACPDU <what> arrives on port 1
      Then ifconfig shows lagg0 with
        | port 1 partner | 02:00:00:00:00:fe |
        | port 2 partner | 00:00:00:00:00:00 |

      Examples:
        | what                     |
        | that is well formed      |
        | of version 2             |
        | with an unknown TLV type |
        | with reserved bytes set  |

    @lacp.L-13
    Scenario: The NAS does not become its own partner
      A loop in the cabling brings the NAS's own LACPDUs back; it knows its own system
      (lacp_sm_rx) and ignores them.

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      And 4 seconds pass
      When an LACPDU that the NAS itself sent there arrives on port 1
      And 2 seconds pass
      Then ifconfig shows lagg0 with
        | port 1         | none              |
        | port 1 partner | 00:00:00:00:00:00 |
