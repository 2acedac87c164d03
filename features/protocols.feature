@protocols
Feature: The protocols and what they promise
  The protocol decides which ports send and which are heard. Each has a feature of its own;
  here they are side by side.

  @confirms.C-12
  Scenario Outline: The protocol <protocol> can be set
    Given a LAGG lagg0 with protocol failover on ports 1 and 2
    When the administrator runs "ifconfig lagg0 laggproto <protocol>"
    Then ifconfig shows lagg0 with
      | protocol | <protocol> |
      | ports    | 1, 2       |

    Examples:
      | protocol    |
      | lacp        |
      | failover    |
      | loadbalance |
      | roundrobin  |
      | none        |

  @confirms.C-12
  Scenario: A protocol that does not exist is refused
    Given a LAGG lagg0 with protocol failover on ports 1 and 2
    When the administrator runs "ifconfig lagg0 laggproto bonding"
    Then the command is refused with "Invalid aggregation protocol: bonding"
    And ifconfig shows lagg0 with
      | protocol | failover |

  Rule: More bandwidth depends on the protocol

    @refines.C-04 @confirms.S-07
    Scenario Outline: One conversation under <protocol> uses <use>
      A single copy of a large file is one conversation. Only round robin spreads it, and
      only at the price of packets out of order.

      Given a LAGG lagg0 with protocol <protocol> on ports 1, 2 and 3
      And a neighbour that the NAS knows
      When the NAS sends 9 pings to the neighbour
      Then the pings leave by <use>

      Examples:
        | protocol    | use                           |
        | failover    | port 1                        |
        | loadbalance | one port                      |
        | roundrobin  | all of ports 1, 2 and 3       |
        | broadcast   | each of ports 1, 2 and 3 anew |

  Rule: Redundancy is there with every protocol but none

    @confirms.C-05
    Scenario Outline: Under <protocol>, traffic goes on when a port loses its link
      Given a LAGG lagg0 with protocol <protocol> on ports 1, 2 and 3
      And a neighbour that the NAS knows
      When the link of port 1 is lost
      And the NAS sends 9 pings to the neighbour
      Then no ping leaves by port 1
      And every ping leaves

      Examples:
        | protocol    |
        | failover    |
        | loadbalance |
        | roundrobin  |
        | broadcast   |

  Rule: The protocol also decides which ports are heard

    @confirms.S-07
    Scenario Outline: Under <protocol>, an echo request on port 2 is <fate>
      Given a LAGG lagg0 with protocol <protocol> on ports 1 and 2
      And a neighbour that the NAS knows
      When an echo request arrives on port 2
      Then the NAS <does>

      Examples:
        | protocol    | fate     | does            |
        | failover    | dropped  | does not answer |
        | loadbalance | answered | answers         |
        | roundrobin  | answered | answers         |
        | broadcast   | answered | answers         |
        | none        | dropped  | does not answer |
