@truenas @on.truenas
Feature: Monitoring a LAGG on TrueNAS
  What the table of interfaces shows, and which alerts come.

  @confirms.S-01
  Scenario: Each column of the table of interfaces has its value
    Given the middleware has a LAGG lagg0 with protocol FAILOVER on ports 1 and 2
    When the change is committed
    Then the middleware shows lagg0 with
      | lag_ports        | port1, port2  |
      | lag_protocol     | FAILOVER      |
      | state.link_state | LINK_STATE_UP |
      | state.mtu        | 1500          |
      | state.cloned     | true          |

  @confirms.S-01
  Scenario: The table has a row for every network card
    Then the middleware shows port1 with
      | type         | PHYSICAL |
      | state.cloned | false    |

  @defect.B-02
  Scenario: The middleware shows the link of an LACP group without a partner as up
    The table of interfaces calls a LAGG healthy that can send nothing.

    Given the middleware has a LAGG lagg0 with protocol LACP on ports 1 and 2
    When the change is committed
    Then ifconfig shows lagg0 with
      | port 1 | none |
      | port 2 | none |
    But the middleware shows lagg0 with
      | state.link_state | LINK_STATE_UP |

  Rule: Two conditions raise an alert after three minutes

    @behaviour.alerts
    Scenario: An alert names the ports of an LACP group that are not active
      Given the middleware has a LAGG lagg0 with protocol LACP on ports 1 and 2
      And the change is committed for good
      When 190 seconds pass
      Then there is the alert "Ports are Not ACTIVE on LAGG Interface": "These ports are not ACTIVE on LAGG interface lagg0: port1, port2. Please check cabling and switch."

    @behaviour.alerts
    Scenario: An alert tells that a failover group has no link
      Given the middleware has a LAGG lagg0 with protocol FAILOVER on ports 1 and 2
      And the change is committed for good
      When the link of port 1 is lost
      And the link of port 2 is lost
      And 190 seconds pass
      Then there is the alert "There are No ACTIVE Ports on LAGG Interface": "There are no ACTIVE ports on LAGG interface lagg0. Please check cabling and switch."

  Rule: Other conditions raise no alert

    @defect.B-24
    Scenario Outline: No alert tells that a group other than LACP has lost a port
      Redundancy is lost without notice, and the next lost cable takes the NAS off the network.

      Given the middleware has a LAGG lagg0 with protocol <protocol> on ports 1 and 2
      And the change is committed for good
      When the link of port <port> is lost
      And 250 seconds pass
      Then ifconfig shows port<port> with
        | status | no carrier |
      But there is no alert about lagg0

      Examples: The primary, or the standby
        | protocol | port |
        | FAILOVER | 1    |
        | FAILOVER | 2    |

      Examples: One of all
        | protocol    | port |
        | LOADBALANCE | 1    |
        | ROUNDROBIN  | 2    |

    @defect.B-24
    Scenario: No alert tells that load balance has no link at all
      If the NAS has another interface, nobody notices that the LAGG is gone.

      Given the middleware has a LAGG lagg0 with protocol LOADBALANCE on ports 1 and 2
      And the change is committed for good
      When the link of port 1 is lost
      And the link of port 2 is lost
      And 250 seconds pass
      Then ifconfig shows lagg0 with
        | status | no carrier |
      But there is no alert about lagg0
