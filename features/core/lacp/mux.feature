@lacp @mux
Feature: LACP: when a port receives and sends
  A port is first in sync, then it collects, last it distributes, and only with a partner
  that does its part (802.1AX-2014 6.4.15). The option lacp_strict, on by default, changes
  the first step.

  Rule: Nothing is sent to a partner that does not collect

    @lacp.L-11
    Scenario: The NAS receives from a partner that never collects, and sends nothing to it
      The port says COLLECTING and takes what comes; it never says DISTRIBUTING.

      Given an LACP partner on port 1 that does not collect
      And a LAGG lagg0 with protocol lacp on port 1
      When port 1 announces SYNC,COLLECTING within 10 seconds
      And 5 seconds pass
      Then no LACPDU left by port 1
      And ifconfig shows lagg0 with
        | port 1       | COLLECTING |
        | active ports | 0          |
      When the NAS sends 3 pings to the neighbour
      Then no data leaves by any port

    @lacp.L-11
    Scenario: What arrives on a port whose partner does not collect is answered by another port
      The port takes part in the group: it receives, and others send for it.

      Given an LACP partner on port 1 that does not collect
      And an LACP partner on port 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And port 1 announces SYNC,COLLECTING within 10 seconds
      And port 2 distributes within 10 seconds
      And a neighbour that the NAS knows
      And 5 seconds pass
      When an echo request arrives on port 1
      Then the NAS answers by port 2
      And ifconfig shows lagg0 with
        | port 1 | ACTIVE,COLLECTING |

    @lacp.L-12
    Scenario: The flows of a port whose partner stops collecting move to the other ports
      Nobody is cut off when the switch takes one port out of service.

      Given an LACP partner on ports 1, 2 and 3
      And a LAGG lagg0 with protocol lacp on ports 1, 2 and 3
      And ports 1, 2 and 3 distribute within 10 seconds
      When the partner on port 1 stops collecting
      And 5 seconds pass
      And 40 clients each send 1 echo request on port 2
      Then every client is answered
      And each of ports 2 and 3 carries some answers
      When the partner on port 1 collects again
      And ports 1, 2 and 3 distribute within 10 seconds
      And 5 seconds pass
      And 40 clients each send 1 echo request on port 2
      Then every client is answered
      And each of ports 1, 2 and 3 carries some answers

    @lacp.L-12
    Scenario: The NAS stops sending when its partner stops collecting
      The switch takes the port out of service: the NAS stops within a second, and counts the
      event under flapping.

      Given an LACP partner on port 1
      And a LAGG lagg0 with protocol lacp on port 1
      And port 1 distributes within 10 seconds
      And a neighbour that the NAS knows
      When the partner stops collecting
      And 2 seconds pass
      Then ifconfig shows lagg0 with
        | port 1   | with COLLECTING       |
        | port 1   | without DISTRIBUTING  |
        | flapping | 1                     |
      When the NAS sends 3 pings to the neighbour
      Then no data leaves by any port
      When the partner collects again
      And port 1 distributes within 5 seconds
      And the NAS pings the neighbour for 1 seconds
      Then the pings leave by port 1

  Rule: Strict LACP forces the partner's SYNC bit
    lacp_sm_rx_update_ntt and its neighbours set the SYNC bit of the partner themselves when
    what the partner says of the NAS is right, or says nothing. The name suggests the
    opposite. The standard waits until the partner says SYNC.

    @lacp.L-20
    Scenario: Strict LACP accepts a partner that is not in sync
      On the switch the port is not selected; the NAS receives on it all the same.

      Given an LACP partner on port 1 that is not in sync
      And a LAGG lagg0 with protocol lacp on port 1
      When port 1 announces SYNC,COLLECTING within 10 seconds
      Then the last LACPDU of port 1 has
        | state         | ACTIVITY,AGGREGATION,SYNC,COLLECTING |
        | partner state | ACTIVITY,AGGREGATION,SYNC            |

    @lacp.L-21
    Scenario: Strict LACP accepts a partner that has not heard of the NAS
      The fibre from the NAS may be broken: the port receives, and nobody hears its answers.

      Given an LACP partner on port 1 that is not in sync and knows nothing of the NAS
      And a LAGG lagg0 with protocol lacp on port 1
      When port 1 announces SYNC,COLLECTING within 10 seconds
      Then the last LACPDU of port 1 has
        | partner state | ACTIVITY,AGGREGATION,SYNC |

    @lacp.L-22
    Scenario: Strict LACP sends data to a collecting partner that has not heard of the NAS
      A switch that cannot hear the NAS is sent data all the same.

      Given an LACP partner on port 1 that knows nothing of the NAS
      And a LAGG lagg0 with protocol lacp on port 1
      And port 1 distributes within 10 seconds
      And a neighbour that the NAS knows
      When the NAS pings the neighbour for 1 seconds
      Then the pings leave by port 1

    @lacp.L-08
    Scenario: Strict LACP rejects a partner that describes the NAS wrongly
      Here strict holds what it promises: what the partner says of the NAS is wrong. It counts
      without the option, too.

      Given an LACP partner on port 1 that knows the NAS by a wrong key
      And a LAGG lagg0 with protocol lacp on port 1
      When 10 seconds pass
      Then port 1 never announced COLLECTING
      When the administrator runs "ifconfig lagg0 -lacp_strict"
      And the partner sends an LACPDU now
      And 10 seconds pass
      Then port 1 never announced COLLECTING

  Rule: Without lacp_strict the partner's SYNC bit counts

    @lacp.L-23 @lacp.L-15
    Scenario: Without lacp_strict, a port waits for its partner's SYNC bit and drops data
      On port 1 it knows the NAS, on port 2 it has not heard of it: that makes no difference.

      Given an LACP partner on port 1 that is not in sync
      And another LACP partner on port 2 that is not in sync and knows nothing of the NAS
      And the administrator runs "sysctl net.link.lagg.lacp.default_strict_mode=0"
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      When 10 seconds pass
      Then port 1 never announced COLLECTING
      And port 2 never announced COLLECTING
      When an echo request arrives on ports 1 and 2
      Then the NAS does not answer

    @lacp.L-15
    Scenario: A port that waits for its partner drops data that another port could answer
      The port belongs to the group that works, and does not collect yet.

      Given an LACP partner on port 1 that is not in sync
      And an LACP partner on port 2
      And the administrator runs "sysctl net.link.lagg.lacp.default_strict_mode=0"
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And port 2 distributes within 10 seconds
      And a neighbour that the NAS knows
      And 5 seconds pass
      When an echo request arrives on port 1
      Then the NAS does not answer
      When an echo request arrives on port 2
      Then the NAS answers by port 2

    @lacp.L-23
    Scenario: Without lacp_strict, a partner in sync is accepted though it has not heard of the NAS
      The NAS compares only with a partner that can aggregate.

      Given an LACP partner on port 1 that knows nothing of the NAS
      And the administrator runs "sysctl net.link.lagg.lacp.default_strict_mode=0"
      And a LAGG lagg0 with protocol lacp on port 1
      When port 1 distributes within 10 seconds
      Then ifconfig shows lagg0 with
        | port 1       | ACTIVE,COLLECTING,DISTRIBUTING |
        | lagg options | without LACP_STRICT            |

    @lacp.L-23
    Scenario: A port stops receiving when lacp_strict is switched off and its partner is not in sync
      The option takes effect with the next LACPDU of the partner. What the switch sends on a
      port that it has not selected is not for the NAS. With the option on again, it is received.

      Given an LACP partner on port 1 that is not in sync
      And a LAGG lagg0 with protocol lacp on port 1
      And port 1 announces SYNC,COLLECTING within 10 seconds
      When the administrator runs "ifconfig lagg0 -lacp_strict"
      And the partner sends an LACPDU now
      And 3 seconds pass
      Then ifconfig shows lagg0 with
        | port 1 | none |
      When 5 seconds pass
      Then no LACPDU left by port 1
      When an echo request arrives on port 1
      Then the NAS does not answer
      When the administrator runs "ifconfig lagg0 lacp_strict"
      And the partner sends an LACPDU now
      And port 1 announces SYNC,COLLECTING within 10 seconds
      Then ifconfig shows lagg0 with
        | port 1 | COLLECTING |

    @lacp.L-12 @lacp.L-23
    Scenario: Without lacp_strict, a partner that goes out of sync is left at once, and counted once
      Without the option, the partner's SYNC bit is taken for what it says, also later.

      Given an LACP partner on port 1
      And the administrator runs "sysctl net.link.lagg.lacp.default_strict_mode=0"
      And a LAGG lagg0 with protocol lacp on port 1
      And port 1 distributes within 10 seconds
      When the partner goes out of sync
      And 5 seconds pass
      Then ifconfig shows lagg0 with
        | port 1   | none |
        | flapping | 1    |
      When the partner collects again
      And port 1 distributes within 8 seconds
      Then ifconfig shows lagg0 with
        | port 1 | ACTIVE,COLLECTING,DISTRIBUTING |

    @lacp.L-15 @confirms.C-17
    Scenario: Data that arrives before a port collects is dropped
      A switch that floods the port too early loses those frames.

      Given an LACP partner on port 1 that sends nothing
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      When an echo request arrives on port 1
      Then the NAS does not answer
