@defects @lacp
Feature: Defects of LACP
  Where FreeBSD 13.2 departs from 802.1AX, or from its own purpose, at a cost. The step that
  begins with "But" asserts what is wrong; if it fails, the defect is gone.

  Rule: The marker protocol holds traffic back for too long

    @defect.B-03 @lacp.L-18
    Scenario: A LAGG that is taken down and up during the marker wait sends nothing more
      While markers are under way data is held back, for three seconds at most. If the LAGG is
      taken down meanwhile, the timer that ends it is cancelled and never set again
      (lacp_stop, lacp_init). It should be over with the down, or at least three seconds
      later; in fact it lasts until a port joins or leaves. A new MAC address takes the LAGG
      down and up, too. The answer to another marker does not end the wait, which is right.

      Given an LACP partner on ports 1 and 2 that answers no markers
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      When the administrator runs "ifconfig lagg0 down"
      And the administrator runs "ifconfig lagg0 up"
      And 15 seconds pass
      And the administrator adds the neighbour to the ARP table
      And the NAS sends 3 pings to the neighbour
      Then ifconfig shows lagg0 with
        | port 1 | ACTIVE,COLLECTING,DISTRIBUTING |
        | port 2 | ACTIVE,COLLECTING,DISTRIBUTING |
      But the pings fail with "No buffer space available"
      When an answer to another marker arrives on ports 1 and 2
      And the NAS sends 3 pings to the neighbour
      Then the pings fail with "No buffer space available"
      When the link of port 2 is lost
      And 5 seconds pass
      And the NAS sends 3 pings to the neighbour
      Then the pings leave by port 1

    @defect.B-25
    Scenario: A marker queued on a port without a link leaves when the link returns
      The driver vtnet(4) queues what a port without a link cannot send. So the marker counts
      as sent, is waited for the whole three seconds, and leaves when the link returns, long
      after its transaction is over. A port without a link should not be asked.

      Given port 1 is driven by vtnet
      And an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      And a neighbour that the NAS knows
      When the link of port 1 is lost
      And the NAS pings the neighbour for 6 seconds
      Then the pings that leave take port 2
      But for 2.5 to 3.5 seconds after the loss, the pings are refused with "No buffer space available"
      When 4 seconds pass
      And the link of port 1 returns
      Then ifconfig shows lagg0 with
        | port 1 | none |
      But the first frame that leaves by port 1 is a marker

  Rule: Of two partners, the wrong one is used

    @defect.B-06 @lacp.L-30
    Scenario: Priority 0x8000 wins against 0x0001, even with less bandwidth
      A lower number is meant to win. On a little-endian machine the bytes are compared in the
      wrong order (lacp_select_active_aggregator), and priority comes before bandwidth: the
      preferred switch with two cables stands by for the other one with one.

      Given an LACP partner on port 1 with system priority 0x8000
      And another LACP partner on ports 2 and 3 with system priority 0x0001
      And a LAGG lagg0 with protocol lacp on ports 1, 2 and 3
      When ports 1, 2 and 3 distribute within 10 seconds
      Then ifconfig shows lagg0 with
        | port 1 | with DISTRIBUTING |
        | port 2 | with DISTRIBUTING |
      But ifconfig shows lagg0 with
        | port 1 | with ACTIVE    |
        | port 2 | without ACTIVE |
        | port 3 | without ACTIVE |

    @defect.B-07 @lacp.L-30
    Scenario: A port in reserve announces to its switch that it works
      It says SYNC, COLLECTING and DISTRIBUTING, so that the switch sends flows there; the NAS
      drops them (lagg_lacp_input compares the aggregator). It should stay out of sync until
      it is used.

      Given an LACP partner on port 1
      And another LACP partner on port 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      When ports 1 and 2 distribute within 10 seconds
      And ports 1 and 2 announce SYNC within 5 seconds
      Then one of ports 1 and 2 is active and the other is not
      But the last LACPDU of the idle port announces COLLECTING,DISTRIBUTING
      When an echo request arrives on the idle port
      Then the NAS does not answer

  Rule: LACP does not announce what was set

    @defect.B-08 @lacp.L-27
    Scenario: LACP keeps the old system identifier when the LAGG gets a new MAC address
      The system identifier should be the LAGG's address, else two NAS that swap hardware can
      meet under one identifier. It is copied once, when a port is added (lacp_port_create).

      Given an LACP partner on ports 1 and 2 that asks for fast LACPDUs
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      When the administrator runs "ifconfig lagg0 ether 02:aa:bb:cc:dd:ee"
      And 5 seconds pass
      Then ifconfig shows lagg0 with
        | ether | 02:aa:bb:cc:dd:ee |
      But the last LACPDU of port 1 has
        | system | that of port 1 |

    @defect.B-11
    Scenario: A port that is added later has no fast timeout
      The option should hold for the LAGG; it is a bit of each port that exists when it is set.

      Given an LACP partner on ports 1, 2 and 3 that asks for fast LACPDUs
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And the administrator runs "ifconfig lagg0 lacp_fast_timeout"
      When the administrator runs "ifconfig port3 up"
      And the administrator runs "ifconfig lagg0 laggport port3"
      And ports 1, 2 and 3 announce SYNC within 10 seconds
      Then ifconfig shows lagg0 with
        | lagg options | with LACP_FAST_TIMO |
      And the last LACPDU of port 1 announces TIMEOUT
      But the last LACPDU of port 3 announces no TIMEOUT

    @defect.B-11 @lacp.L-02
    Scenario: No port keeps the fast timeout when the primary leaves
      The LAGG takes another MAC address, and all its LACP ports are created again, without the bit.
      Their system is the new address.

      Given an LACP partner on ports 1, 2 and 3 that asks for fast LACPDUs
      And a LAGG lagg0 with protocol lacp on ports 1, 2 and 3
      And the administrator runs "ifconfig lagg0 lacp_fast_timeout"
      And ports 1, 2 and 3 distribute within 10 seconds
      When the administrator runs "ifconfig lagg0 -laggport port1"
      And ports 2 and 3 distribute within 10 seconds
      Then ifconfig shows lagg0 with
        | lagg options | with LACP_FAST_TIMO |
      And the last LACPDU of port 3 has
        | system | that of port 2 |
      But the last LACPDU of port 2 announces no TIMEOUT
      And the last LACPDU of port 3 announces no TIMEOUT

    @defect.B-09
    Scenario: The fast timeout, set on a LAGG in use, expires the partner
      The partner goes on sending every thirty seconds, since it was not told; the NAS expects it
      within three from its next LACPDU on. A LACPDU should be sent for the changed bit, and the
      old timeout hold until it is answered (802.1AX 6.4.12).

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 announce DISTRIBUTING within 40 seconds
      When the administrator runs "ifconfig lagg0 lacp_fast_timeout"
      And the partner sends an LACPDU now
      Then ifconfig shows lagg0 with
        | flapping | 0 |
      When ports 1 and 2 announce SYNC,EXPIRED within 7 seconds
      Then ifconfig shows lagg0 with
        | status | active |
      But ifconfig shows lagg0 with
        | flapping | 2 |

  Rule: Tests and counters mislead

    @defect.B-18 @lacp.L-32
    Scenario: lacp_txtest silences one port only
      The option is for tests: LACPDUs are not sent. The mask of ports it should apply to is
      taken from a flag, so that only the driver's first unit is concerned
      (lacp_xmit_lacpdu: 1 << if_dunit).

      Given ports 1 and 5, one of which is the first unit of its driver
      And an LACP partner on ports 1 and 5 that asks for fast LACPDUs
      And a LAGG lagg0 with protocol lacp on ports 1 and 5
      And port 5 is up and has its link
      And the partner sends an LACPDU now
      And ports 1 and 5 distribute within 60 seconds
      When the administrator runs "ifconfig lagg0 lacp_txtest"
      And 5 seconds pass
      Then no LACPDU left by the first unit of its driver
      But LACPDUs left by the other port
      When the administrator runs "ifconfig lagg0 -lacp_txtest"
      And ports 1 and 5 announce ACTIVITY within 10 seconds
      Then an LACPDU left by each of ports 1 and 5

    @lacp.L-32
    Scenario: What lacp_txtest has held back does not leave later
      The LACPDU is dropped, not kept: the next one leaves when it is due. The scenario begins
      just after one.

      Given port 5 is the first unit of its driver
      And an LACP partner on port 5
      And a LAGG lagg0 with protocol lacp on port 5
      And port 5 is up and has its link
      And the partner sends an LACPDU now
      And port 5 announces DISTRIBUTING within 70 seconds
      And the administrator runs "ifconfig lagg0 lacp_txtest"
      And the partner no longer hears the NAS
      And 3 seconds pass
      When the administrator runs "ifconfig lagg0 -lacp_txtest"
      And 3 seconds pass
      Then no LACPDU left by port 5

    @defect.B-18 @lacp.L-32
    Scenario: lacp_rxtest blocks reception on one port only
      A test of how the switch reacts covers one cable, and is taken for a test of the group.

      Given ports 1 and 5, one of which is the first unit of its driver
      And an LACP partner on ports 1 and 5 that asks for fast LACPDUs
      And a LAGG lagg0 with protocol lacp on ports 1 and 5
      And the administrator runs "ifconfig lagg0 lacp_fast_timeout"
      And port 5 is up and has its link
      And the partner sends an LACPDU now
      And ports 1 and 5 distribute within 60 seconds
      When the administrator runs "ifconfig lagg0 lacp_rxtest"
      And 9 seconds pass
      Then the first unit of its driver has lost its partner
      But the other port still has its partner
      When the administrator runs "ifconfig lagg0 -lacp_rxtest"
      And ports 1 and 5 distribute within 20 seconds
      Then ifconfig shows lagg0 with
        | each of ports 1 and 5 | with DISTRIBUTING |

    @defect.B-22
    Scenario: The flapping counter counts what the partner does, not lost links
      A loose cable should be the first thing the figure shows. A port that stops because its
      link is gone does not pass through the state that counts (lacp_sm_mux).

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      When the link of port 2 is lost
      And the link of port 2 returns
      And ports 1 and 2 distribute within 10 seconds
      And the link of port 2 is lost
      And the link of port 2 returns
      And ports 1 and 2 distribute within 10 seconds
      Then ifconfig shows lagg0 with
        | active ports | 2 |
      But ifconfig shows lagg0 with
        | flapping | 0 |
