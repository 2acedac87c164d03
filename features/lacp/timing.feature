@lacp @timing
Feature: When LACPDUs are sent, and how long silence may last
  Each end tells the other by its TIMEOUT bit how often it wants to hear: every second with
  short timeouts, else every thirty seconds. Three missed LACPDUs and the partner is gone
  (802.1AX-2014 6.4.4).

  Rule: The first words

    @lacp.L-05 @lacp.L-14
    Scenario: Nobody answers: the NAS asks, and gives up
      The first LACPDU is sent at the kernel's next tick, once a second. When no answer comes,
      the NAS gives up the EXPIRED partner and says DEFAULTED.

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      When at most 5 seconds pass until ports 1 and 2 say DEFAULTED
      Then the first LACPDU of port 1 says AGGREGATION,EXPIRED
      And the first LACPDU of port 1 says no TIMEOUT

    @lacp.L-10
    Scenario: A port that has found its partner waits before it joins
      Two seconds at least, so that ports which come up together join together, and what they
      carry is interrupted once (Aggregate_Wait_Time). With the kernel's ticks it takes up to
      five.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      When at most 10 seconds pass until ports 1 and 2 say SYNC
      Then port 1 said SYNC 2 to 5 seconds after its partner's first LACPDU
      And port 2 said SYNC 2 to 5 seconds after its partner's first LACPDU

  Rule: The partner sets the pace

    @lacp.L-05 @lacp.L-06
    Scenario: One port sends every second, the others every thirty
      Each port follows its own partner; port 3 has none.

      Given an LACP partner on port 1 that asks for fast LACPDUs
      And another LACP partner on port 2
      And a LAGG lagg0 with protocol lacp on ports 1, 2 and 3
      And at most 10 seconds pass until ports 1 and 2 distribute
      When 65 seconds pass
      Then an LACPDU left by port 1 every second
      And an LACPDU left by port 2 every 30 seconds
      And an LACPDU left by port 3 every 30 seconds

    @lacp.L-07
    Scenario: A partner that comes to want fast LACPDUs has them at once
      It must not take thirty seconds: the partner's own three-second timeout runs already.
      Back to slow, nothing is urgent, and nothing is sent.

      Given an LACP partner on port 1
      And a LAGG lagg0 with protocol lacp on port 1
      And at most 40 seconds pass until port 1 says DISTRIBUTING
      When the partner asks for fast LACPDUs
      And 5 seconds pass
      Then an LACPDU left by port 1 every second
      When the partner asks for slow LACPDUs
      And 5 seconds pass
      Then no LACPDU left by port 1

  Rule: A silent partner is given up

    @lacp.L-05 @lacp.L-08 @lacp.L-12 @lacp.L-14 @lacp.L-31
    Scenario: With slow LACPDUs, after ninety seconds, and for every reason
      Port 1 loses a silent partner, port 2 one that cannot be heard any more: the fibre to
      the NAS is broken, the carrier stays. Port 4, in a LAGG of its own, loses a switch that
      restarts. All are seen ninety seconds later, and not before. This is what LACP is for:
      no other protocol of lagg(4) notices at all. EXPIRED, the NAS asks once more; three
      seconds later it takes the partner for gone.

      Who answers is kept, though on port 5 a passive partner never says a word unasked. And
      who comes back is joined again: nothing is to be done at the NAS.

      Given an LACP partner on ports 1, 2 and 3
      And another LACP partner on port 4
      And another LACP partner on port 5 that only answers
      And port 5 is up and has its link
      And a LAGG lagg0 with protocol lacp on ports 1, 2 and 3
      And a LAGG lagg1 with protocol lacp on port 4
      And a LAGG lagg2 with protocol lacp on port 5
      And at most 60 seconds pass until ports 1, 2, 3, 4 and 5 distribute
      When the partner on port 1 falls silent
      And the partner on port 4 restarts, its link stays
      And the cable of port 2 carries nothing to the NAS
      And at most 125 seconds pass until ports 1, 2 and 4 say EXPIRED
      And at most 6 seconds pass until ports 1, 2 and 4 say DEFAULTED
      Then port 1 said EXPIRED 90 seconds after its partner's last LACPDU
      And port 2 said EXPIRED 90 seconds after its partner's last LACPDU
      And port 4 said EXPIRED 90 seconds after its partner's last LACPDU
      And port 1 said DEFAULTED 93 seconds after its partner's last LACPDU
      And an LACPDU left by port 5 every 30 seconds
      And ifconfig shows lagg0 with
        | port 1 | none                           |
        | port 2 | none                           |
        | port 3 | ACTIVE,COLLECTING,DISTRIBUTING |
      And ifconfig shows lagg2 with
        | port 5 | ACTIVE,COLLECTING,DISTRIBUTING |
      When the partner on port 4 is back from its restart
      And at most 15 seconds pass until port 4 distributes
      Then ifconfig shows lagg1 with
        | port 4 | ACTIVE,COLLECTING,DISTRIBUTING |

    @lacp.L-14
    Scenario: With lacp_fast_timeout, after three seconds
      The option makes the NAS ask its partner for fast LACPDUs, and believe it gone when three
      of them are missing. It must be set when the partner keeps up, see B-09.

      Given an LACP partner on ports 1 and 2 that asks for fast LACPDUs
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And the administrator runs "ifconfig lagg0 lacp_fast_timeout"
      And at most 10 seconds pass until ports 1 and 2 distribute
      When 2 seconds pass
      And the partner on port 1 falls silent
      And at most 8 seconds pass until port 1 says DEFAULTED
      Then port 1 said EXPIRED 3 seconds after its partner's last LACPDU
      And port 1 said DEFAULTED 6 seconds after its partner's last LACPDU
      And ifconfig shows lagg0 with
        | port 1 | none                           |
        | port 2 | ACTIVE,COLLECTING,DISTRIBUTING |

  Rule: What nothing is sent for takes up to half a minute

    @lacp.L-14 @lacp.L-26
    Scenario: A new option and a new cable wait for the next scheduled LACPDU
      On port 1 the partner is to learn of lacp_fast_timeout; but the option only sets a bit
      (lagg_ioctl). On port 2 the cable is plugged in after the LAGG was made; a switch that
      waits for the NAS to begin (passive LACP) makes the administrator wait too. Both ports
      speak when the periodic timer runs out, and not before.

      Given an LACP partner on port 1 that is ready at once
      And a LAGG lagg0 with protocol lacp on port 1
      And a LAGG lagg1 with protocol lacp on port 2
      And at most 40 seconds pass until port 1 says DISTRIBUTING
      And the link of port 2 is lost
      And the administrator runs "ifconfig lagg1 -laggport port2"
      And the administrator runs "ifconfig lagg1 laggport port2"
      And the link of port 2 returns
      When the administrator runs "ifconfig lagg0 lacp_fast_timeout"
      And 3 seconds pass
      Then no LACPDU left by ports 1 and 2
      When 20 seconds pass
      Then no LACPDU left by port 2
      When at most 15 seconds pass until ports 1 and 2 say ACTIVITY
      Then the first LACPDU of port 1 says TIMEOUT
      And the first LACPDU of port 2 says AGGREGATION

  Rule: The NAS does not flood the switch

    @lacp.L-19
    Scenario: A hundred contradicting LACPDUs are answered three times a second
      Each of them asks for an answer. No more than three may be sent in a second (6.4.16);
      the kernel counts in fixed windows of a second (lacp_xmit_lacpdu, ppsratecheck).

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      And 4 seconds pass
      When 100 LACPDUs arrive on port 1 during 5 seconds
      Then at most 3 LACPDUs left by port 1 in each second
