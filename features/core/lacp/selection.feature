@lacp @selection
Feature: LACP selection: which ports form one group
  Ports join when both ends agree: one system with one key here, one system with one key
  there (802.1AX-2014 6.4.14). Others wait beside, in an aggregator of their own.

  @lacp.L-10
  Scenario: Ports to one partner system with one key form one group
    This is what a port channel on a switch looks like from the NAS.

    Given an LACP partner on ports 1 and 2
    And a LAGG lagg0 with protocol lacp on ports 1 and 2
    When ports 1 and 2 distribute within 10 seconds
    Then ifconfig shows lagg0 with
      | port 1 | ACTIVE,COLLECTING,DISTRIBUTING |
      | port 2 | ACTIVE,COLLECTING,DISTRIBUTING |

  @lacp.L-10 @refines.C-16
  Scenario: Of two ports to one switch with two keys, one works
    The usual mistake at the switch: two ports in two port channels. Which one works is
    decided by who came first.

    Given an LACP partner on port 1 with key 7
    And an LACP partner on port 2 with key 8
    And a LAGG lagg0 with protocol lacp on ports 1 and 2
    And ports 1 and 2 distribute within 10 seconds
    When 5 seconds pass
    And 40 clients each send 1 echo request on the active port
    Then every client is answered
    And all answers leave by one port
    And one of ports 1 and 2 is active and the other is not

  @lacp.L-10
  Scenario: A port that loses its link before it has joined does not hold up the others
    Ports wait for each other for two seconds; nobody waits for one that is gone.

    Given an LACP partner on ports 1 and 2
    And a LAGG lagg0 with protocol lacp on ports 1 and 2
    And ports 1 and 2 announce AGGREGATION within 5 seconds
    And 2 seconds pass
    When the link of port 1 is lost
    And port 2 distributes within 10 seconds
    Then ifconfig shows lagg0 with
      | active ports | 1 |

  @lacp.L-09
  Scenario: A partner that cannot aggregate gets one port
    Its AGGREGATION bit is clear: an ordinary link that happens to speak LACP. Two of them
    never join.

    Given an LACP partner on ports 1 and 2 that cannot aggregate
    And a LAGG lagg0 with protocol lacp on ports 1 and 2
    When ports 1 and 2 distribute within 10 seconds
    Then one of ports 1 and 2 is active and the other is not

  @lacp.L-09
  Scenario: A group whose partner no longer aggregates comes down to one port
    On the switch the ports are taken out of their group, and go on speaking LACP.

    Given an LACP partner on ports 1 and 2
    And a LAGG lagg0 with protocol lacp on ports 1 and 2
    And ports 1 and 2 distribute within 10 seconds
    When the partner no longer aggregates
    Then the first LACPDU of each of ports 1 and 2 announces no SYNC,COLLECTING,DISTRIBUTING
    When ports 1 and 2 distribute within 8 seconds
    Then one of ports 1 and 2 is active and the other is not

  @lacp.L-08
  Scenario: A partner that changes its identity is negotiated with again
    Whatever it was, it is not the partner that was agreed with: the port stops at once, and
    joins again a few seconds later. On a switch this is an administrator who renumbers a
    port channel, or a stack that elects another master. Here each port sees another change.

    Given an LACP partner on ports 1, 2, 3, 4 and 5
    And a LAGG lagg0 with protocol lacp on ports 1, 2, 3, 4 and 5
    And port 5 is up and has its link
    And the partner sends an LACPDU now
    And ports 1, 2, 3, 4 and 5 distribute within 60 seconds
    When the partner changes on each port
      | port 1 | its key             |
      | port 2 | its system          |
      | port 3 | its system priority |
      | port 4 | its port number     |
      | port 5 | its port priority   |
    Then the first LACPDU of each of ports 1, 2, 3, 4 and 5 announces no SYNC,COLLECTING,DISTRIBUTING
    When ports 1, 2, 3, 4 and 5 distribute within 8 seconds
    Then ifconfig shows lagg0 with
      | each of ports 1, 2, 3, 4 and 5 | with COLLECTING,DISTRIBUTING |

  @lacp.L-08 @lacp.L-12
  Scenario: A partner that changes its identity counts as flapping
    The counter rises once for each port that the partner makes stop (lacp_sm_mux).

    Given an LACP partner on port 1
    And a LAGG lagg0 with protocol lacp on port 1
    And port 1 distributes within 10 seconds
    When the partner changes its key
    And 3 seconds pass
    Then ifconfig shows lagg0 with
      | flapping | 1 |

  @lacp.L-30 @refines.C-16
  Scenario: Of two switches, the one with more bandwidth is used
    Two ports against one: bandwidth decides where the priorities are equal
    (lacp_select_active_aggregator).

    Given an LACP partner on port 1
    And another LACP partner on ports 2 and 3
    And a LAGG lagg0 with protocol lacp on ports 1, 2 and 3
    When ports 1, 2 and 3 distribute within 10 seconds
    Then ifconfig shows lagg0 with
      | port 1       | COLLECTING,DISTRIBUTING        |
      | port 2       | ACTIVE,COLLECTING,DISTRIBUTING |
      | port 3       | ACTIVE,COLLECTING,DISTRIBUTING |

  @lacp.L-30
  Scenario: Of two switches with the same bandwidth, the one in use stays in use
    Traffic does not move without need: neither when another switch appears, nor when the
    first one is back.

    Given an LACP partner on port 1
    And another LACP partner on port 2
    And a LAGG lagg0 with protocol lacp on port 1
    And port 1 distributes within 10 seconds
    When the administrator runs "ifconfig port2 up"
    And the administrator runs "ifconfig lagg0 laggport port2"
    And ports 1 and 2 distribute within 15 seconds
    Then ifconfig shows lagg0 with
      | port 1 | ACTIVE,COLLECTING,DISTRIBUTING |
      | port 2 | COLLECTING,DISTRIBUTING        |
    When the partner on port 1 stops collecting
    Then ifconfig shows lagg0 with
      | port 1 | COLLECTING                     |
      | port 2 | ACTIVE,COLLECTING,DISTRIBUTING |
    When the partner on port 1 collects again
    And ports 1 and 2 distribute within 10 seconds
    Then ifconfig shows lagg0 with
      | port 1 | COLLECTING,DISTRIBUTING        |
      | port 2 | ACTIVE,COLLECTING,DISTRIBUTING |

  @lacp.L-30 @defect.B-05
  Scenario: The second switch is used when the first one is lost
    Two switches without a common stack work one after the other, never together. The NAS could
    survive the loss of one, but its link state follows the group that was lost: programs find
    no route over the other.

    Given an LACP partner on ports 2 and 3
    And another LACP partner on port 1
    And a LAGG lagg0 with protocol lacp on ports 1, 2 and 3
    And ports 1, 2 and 3 report their links
    And ports 1, 2 and 3 distribute within 10 seconds
    When the link of port 2 is lost
    And the link of port 3 is lost
    And 5 seconds pass
    Then ifconfig shows lagg0 with
      | port 1 | ACTIVE,COLLECTING,DISTRIBUTING |
    But the kernel reports the link of lagg0 as DOWN
