@lacp @mux
Feature: When a port may receive and send
  A port is first in sync, then it collects, last it distributes, and only with a partner
  that does its part (802.1AX-2014 6.4.15). FreeBSD has two minds about the first step:
  the option lacp_strict, on by default.

  Rule: Nothing is sent to a partner that does not collect

    @lacp.L-11
    Scenario: A partner that never collects is heard and not spoken to
      The port says COLLECTING and takes what comes; it never says DISTRIBUTING.

      Given an LACP partner on port 1 that does not collect
      And a LAGG lagg0 with protocol lacp on port 1
      When at most 10 seconds pass until port 1 says SYNC,COLLECTING
      And 5 seconds pass
      Then ifconfig shows lagg0 with
        | port 1       | COLLECTING |
        | active ports | 0          |
      When the NAS sends 3 pings to the neighbour
      Then no data leaves by any port

    @lacp.L-12
    Scenario: When a partner stops collecting, nothing more is sent
      The switch takes the port out of service: the NAS stops within a second, and counts the
      event under flapping.

      Given an LACP partner on port 1
      And a LAGG lagg0 with protocol lacp on port 1
      And at most 10 seconds pass until port 1 distributes
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
      And at most 5 seconds pass until port 1 distributes
      And the NAS pings the neighbour for 1 seconds
      Then the pings leave by port 1

  Rule: Strict LACP forces the partner's SYNC bit
    lacp_sm_rx_update_ntt and its neighbours set the SYNC bit of the partner themselves when
    what the partner says of the NAS is right, or says nothing. The name suggests the
    opposite. The standard waits until the partner says SYNC.

    @lacp.L-20
    Scenario: A partner that is not in sync is taken for one that is
      On the switch the port is not selected; the NAS receives on it all the same.

      Given an LACP partner on port 1 that is not in sync
      And a LAGG lagg0 with protocol lacp on port 1
      When at most 10 seconds pass until port 1 says SYNC,COLLECTING
      Then the last LACPDU of port 1 has
        | state         | ACTIVITY,AGGREGATION,SYNC,COLLECTING |
        | partner state | ACTIVITY,AGGREGATION,SYNC            |

    @lacp.L-21
    Scenario: So is one that has not heard of the NAS
      Given an LACP partner on port 1 that is not in sync and knows nothing of the NAS
      And a LAGG lagg0 with protocol lacp on port 1
      When at most 10 seconds pass until port 1 says SYNC,COLLECTING
      Then the last LACPDU of port 1 has
        | partner state | ACTIVITY,AGGREGATION,SYNC |

    @lacp.L-22
    Scenario: And data is sent to one that never heard of the NAS, if only it collects
      Given an LACP partner on port 1 that knows nothing of the NAS
      And a LAGG lagg0 with protocol lacp on port 1
      When at most 10 seconds pass until port 1 distributes
      And a neighbour that the NAS knows
      And the NAS pings the neighbour for 1 seconds
      Then the pings leave by port 1

    @lacp.L-08
    Scenario: A partner that takes the NAS for somebody else is not
      Here strict holds what it promises: what the partner says of the NAS is wrong.

      Given an LACP partner on port 1 that knows the NAS by a wrong key
      And a LAGG lagg0 with protocol lacp on port 1
      When 10 seconds pass
      Then port 1 never said COLLECTING

  Rule: Without lacp_strict the partner's own word counts

    @lacp.L-23 @lacp.L-15
    Scenario: A partner that is not in sync is waited for, and what it sends is dropped
      On port 1 it knows the NAS, on port 2 it has not heard of it: that makes no difference.

      Given an LACP partner on port 1 that is not in sync
      And another LACP partner on port 2 that is not in sync and knows nothing of the NAS
      And the administrator runs "sysctl net.link.lagg.lacp.default_strict_mode=0"
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      When 10 seconds pass
      Then port 1 never said COLLECTING
      And port 2 never said COLLECTING
      When an echo request arrives on ports 1 and 2
      Then the NAS does not answer

    @lacp.L-23
    Scenario: A partner that says SYNC and nothing of the NAS is believed
      The NAS compares only with a partner that can aggregate.

      Given an LACP partner on port 1 that knows nothing of the NAS
      And the administrator runs "sysctl net.link.lagg.lacp.default_strict_mode=0"
      And a LAGG lagg0 with protocol lacp on port 1
      When at most 10 seconds pass until port 1 distributes
      Then ifconfig shows lagg0 with
        | port 1       | ACTIVE,COLLECTING,DISTRIBUTING |
        | lagg options | without LACP_STRICT            |

    @lacp.L-15 @confirms.C-17
    Scenario: What arrives before a port collects is dropped
      A switch that floods the port too early loses those frames.

      Given an LACP partner on port 1 that says nothing
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      When an echo request arrives on port 1
      Then the NAS does not answer
