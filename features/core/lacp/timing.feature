@lacp @timing
Feature: LACP timing
  Each end tells the other by its TIMEOUT bit how often it wants to hear: every second with
  short timeouts, else every thirty seconds. Three missed LACPDUs and the partner is gone
  (802.1AX-2014 6.4.4).

  Rule: A new port asks for a partner

    @lacp.L-05 @lacp.L-14
    Scenario: A port without a partner announces EXPIRED, then DEFAULTED
      The first LACPDU is sent at the kernel's next tick, once a second. When no answer comes,
      the NAS gives up the EXPIRED partner and says DEFAULTED.

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      When ports 1 and 2 announce DEFAULTED within 5 seconds
      Then the first LACPDU of port 1 announces AGGREGATION,EXPIRED
      And the first LACPDU of port 1 announces no TIMEOUT
      And the last LACPDU of port 1 announces no EXPIRED

    @lacp.L-10
    Scenario: A port waits two to five seconds before it joins its partner
      Two seconds at least, so that ports which come up together join together, and what they
      carry is interrupted once (Aggregate_Wait_Time). With the kernel's ticks it takes up to
      five.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      When ports 1 and 2 announce SYNC within 10 seconds
      Then port 1 announced SYNC 2 to 5 seconds after its partner's first LACPDU
      And port 2 announced SYNC 2 to 5 seconds after its partner's first LACPDU

  Rule: The partner sets the pace

    @lacp.L-05 @lacp.L-06
    Scenario: Each port sends at the pace that its own partner asks for
      Each port follows its own partner; port 3 has none.

      Given an LACP partner on port 1 that asks for fast LACPDUs
      And another LACP partner on port 2
      And a LAGG lagg0 with protocol lacp on ports 1, 2 and 3
      And ports 1 and 2 distribute within 10 seconds
      When 65 seconds pass
      Then an LACPDU left by port 1 every second
      And an LACPDU left by port 2 every 30 seconds
      And an LACPDU left by port 3 every 30 seconds

    @lacp.L-07
    Scenario: A partner that begins to ask for fast LACPDUs gets one at once
      It must not take thirty seconds: the partner's own three-second timeout runs already.
      Back to slow, nothing is urgent, and nothing is sent.

      Given an LACP partner on port 1
      And a LAGG lagg0 with protocol lacp on port 1
      And port 1 announces DISTRIBUTING within 40 seconds
      When the partner asks for fast LACPDUs
      Then port 1 answers its partner's LACPDU within 0.9 seconds
      When 5 seconds pass
      Then an LACPDU left by port 1 every second
      When the partner asks for slow LACPDUs
      And 5 seconds pass
      Then no LACPDU left by port 1

    @lacp.L-33
    Scenario: A partner that describes the NAS wrongly is corrected at once
      Both ends agree again without waiting for the next scheduled LACPDU, for thirty seconds.
      One wrong bit of the NAS's state is enough.

      Given an LACP partner on port 1
      And a LAGG lagg0 with protocol lacp on port 1
      And port 1 announces DISTRIBUTING within 40 seconds
      When an LACPDU that takes the NAS for out of sync arrives on port 1
      Then port 1 answers its partner's LACPDU within 0.9 seconds
      When 2 seconds pass
      And an LACPDU that takes the NAS for individual arrives on port 1
      Then port 1 answers its partner's LACPDU within 0.9 seconds
      When 2 seconds pass
      And an LACPDU that takes the NAS for passive arrives on port 1
      Then port 1 answers its partner's LACPDU within 0.9 seconds
      When 2 seconds pass
      And the partner forgets the NAS
      Then port 1 answers its partner's LACPDU within 0.9 seconds

  @shared-setup
  Rule: A lost partner is given up after ninety seconds
    This is what LACP is for: no other protocol of lagg(4) notices a dead path behind a live
    link. When a port is EXPIRED, the NAS asks once more; three seconds later it takes the
    partner for gone.

    Ninety seconds are waited for once: ports 1 to 5 lose their partners in several ways, or
    keep them, in LAGGs of their own, and each scenario looks at some of them.

    Background:
      Given an LACP partner on ports 1, 2 and 3
      And another LACP partner on port 4
      And another LACP partner on port 5 that only answers
      And port 5 is up and has its link
      And a LAGG lagg0 with protocol lacp on ports 1, 2 and 3
      And a LAGG lagg1 with protocol lacp on port 4
      And a LAGG lagg2 with protocol lacp on port 5
      And ports 1, 2, 3, 4 and 5 distribute within 60 seconds
      And the partner on port 1 falls silent
      And the partner on port 4 restarts, its link stays
      And the cable of port 2 carries nothing to the NAS
      And ports 1, 2 and 4 announce EXPIRED within 125 seconds
      And ports 1, 2 and 4 announce DEFAULTED within 6 seconds

    @lacp.L-12 @lacp.L-14
    Scenario: A partner that falls silent is given up after ninety seconds
      The switch hangs, and its cables keep their links. The group goes on with port 3.

      Then port 1 announced EXPIRED 90 seconds after its partner's last LACPDU
      And port 1 announced DEFAULTED 93 seconds after its partner's last LACPDU
      And ifconfig shows lagg0 with
        | port 1 | none                           |
        | port 3 | ACTIVE,COLLECTING,DISTRIBUTING |

    @lacp.L-14
    Scenario: A partner that cannot be heard any more is given up after ninety seconds
      The fibre to the NAS is broken, and the carrier stays.

      Then port 2 announced EXPIRED 90 seconds after its partner's last LACPDU
      And ifconfig shows lagg0 with
        | port 2 | none                           |
        | port 3 | ACTIVE,COLLECTING,DISTRIBUTING |

    @lacp.L-05 @lacp.L-31
    Scenario: A passive partner that answers is kept
      It never sends an LACPDU unasked; what the NAS sends every thirty seconds is enough.

      Then an LACPDU left by port 5 every 30 seconds
      And ifconfig shows lagg2 with
        | port 5 | ACTIVE,COLLECTING,DISTRIBUTING |

    @lacp.L-08 @lacp.L-14
    Scenario: A switch that has restarted is joined again
      While it restarts it is given up like any other partner; when it is back, nothing has to
      be done at the NAS.

      Then port 4 announced EXPIRED 90 seconds after its partner's last LACPDU
      When the partner on port 4 is back from its restart
      And port 4 distributes within 15 seconds
      Then ifconfig shows lagg1 with
        | port 4 | ACTIVE,COLLECTING,DISTRIBUTING |

  Rule: The timeout can be shortened

    @lacp.L-14
    Scenario: With lacp_fast_timeout, a silent partner is given up after three seconds
      The option makes the NAS ask its partner for fast LACPDUs, and believe it gone when three
      of them are missing. It must be set when the partner keeps up, see B-09.

      Given an LACP partner on ports 1 and 2 that asks for fast LACPDUs
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And the administrator runs "ifconfig lagg0 lacp_fast_timeout"
      And ports 1 and 2 distribute within 10 seconds
      When 2 seconds pass
      Then the first LACPDU of each of ports 1 and 2 announces TIMEOUT
      When the partner on port 1 falls silent
      And port 1 announces DEFAULTED within 8 seconds
      Then port 1 announced EXPIRED 3 seconds after its partner's last LACPDU
      And port 1 announced DEFAULTED 6 seconds after its partner's last LACPDU
      And ifconfig shows lagg0 with
        | port 1 | none                           |
        | port 2 | ACTIVE,COLLECTING,DISTRIBUTING |
      When 5 seconds pass
      And 40 clients each send 1 echo request on port 2
      Then every client is answered
      And all answers leave by port 2

    @lacp.L-26
    Scenario: lacp_fast_timeout can be switched off again
      The NAS asks its partner for slow LACPDUs from its next one on.

      Given an LACP partner on ports 1 and 2 that asks for fast LACPDUs
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And the administrator runs "ifconfig lagg0 lacp_fast_timeout"
      And ports 1 and 2 announce TIMEOUT within 5 seconds
      When the administrator runs "ifconfig lagg0 -lacp_fast_timeout"
      And 2 seconds pass
      Then the last LACPDU of each of ports 1 and 2 announces no TIMEOUT
      And ifconfig shows lagg0 with
        | lagg options | without LACP_FAST_TIMO |

  Rule: Some changes are announced with the next scheduled LACPDU only

    @lacp.L-14 @lacp.L-26
    Scenario: A new option and a new cable wait for the next scheduled LACPDU
      On port 1 the partner should learn of lacp_fast_timeout, but the option only sets a bit
      (lagg_ioctl). On port 2 the cable is plugged in after the LAGG was created; a switch that
      waits for the NAS to begin (passive LACP) makes the administrator wait too. Both ports
      speak when the periodic timer runs out, and not before.

      Given an LACP partner on port 1 that is ready at once
      And a LAGG lagg0 with protocol lacp on port 1
      And a LAGG lagg1 with protocol lacp on port 2
      And port 1 announces DISTRIBUTING within 40 seconds
      And the link of port 2 is lost
      And the administrator runs "ifconfig lagg1 -laggport port2"
      And the administrator runs "ifconfig lagg1 laggport port2"
      And the link of port 2 returns
      When the administrator runs "ifconfig lagg0 lacp_fast_timeout"
      And 3 seconds pass
      Then no LACPDU left by ports 1 and 2
      When 20 seconds pass
      Then no LACPDU left by port 2
      When ports 1 and 2 announce ACTIVITY within 15 seconds
      Then the first LACPDU of port 1 announces TIMEOUT
      And the first LACPDU of port 2 announces AGGREGATION

  Rule: The NAS does not flood the switch

    @lacp.L-19
    Scenario: A hundred contradicting LACPDUs get three answers a second at most
      Each of them asks for an answer. No more than three may be sent in a second (6.4.16);
      the kernel counts in fixed windows of a second (lacp_xmit_lacpdu, ppsratecheck).

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      And 4 seconds pass
      When 100 LACPDUs arrive on port 1 during 5 seconds
      Then at most 3 LACPDUs left by port 1 in each second
