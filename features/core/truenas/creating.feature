@truenas @on.truenas
Feature: Creating a LAGG on TrueNAS
  The form Network > Interfaces > Add hands what was filled in to the middleware, which
  checks it by rules of its own before lagg(4) sees anything.

  @confirms.C-08
  Scenario: The middleware creates a LAGG of type LINK_AGGREGATION
    When the middleware is asked for a LAGG with
      | lag_ports | port1, port2 |
    Then the middleware accepts it
    And the middleware shows lagg0 with
      | type | LINK_AGGREGATION |

  @confirms.C-08
  Scenario: The middleware refuses an interface without a type
    When the middleware is asked for an interface with
      | name | lagg0 |
    Then the middleware refuses interface_create.type: "This field is required"

  @confirms.C-08
  Scenario: The middleware refuses a type that does not exist
    When the middleware is asked for an interface with
      | type | TEAM  |
      | name | lagg0 |
    Then the middleware refuses interface_create.type: "Invalid choice: TEAM"

  @confirms.C-08
  Scenario: The type of a LAGG cannot be changed
    Given the middleware has a LAGG lagg0 with protocol FAILOVER on ports 1 and 2
    When the middleware is asked to change lagg0 to
      | type | BRIDGE |
    Then the middleware refuses interface_update.type: "Field was not expected"

  Rule: On TrueNAS, a name is the word lagg and a number

    @confirms.C-09 @refines.S-04
    Scenario Outline: The middleware accepts a name of lagg and a number
      When the middleware is asked for a LAGG with
        | name | <name> |
      Then the middleware accepts it
      And the middleware shows <name> with
        | name | <name> |

      Examples:
        | name   |
        | lagg0  |
        | lagg7  |
        | lagg10 |

    @confirms.C-09
    Scenario Outline: The middleware refuses a name of another form
      When the middleware is asked for a LAGG with
        | name | <name> |
      Then the middleware refuses interface_create.name: "Link aggregation interface must start with "lagg" followed by an unique number."

      Examples:
        | name  |
        | bond0 |
        | lagg  |
        | laggx |
        | LAGG0 |

    @confirms.C-09
    Scenario Outline: The middleware refuses a number with a leading zero
      The message is not quite right: lagg0 itself is a good name.

      When the middleware is asked for a LAGG with
        | name | <name> |
      Then the middleware refuses interface_create.name: "Link aggregation interface name cannot start with "lagg0"."

      Examples:
        | name   |
        | lagg00 |
        | lagg01 |

    @confirms.C-09
    Scenario: The middleware refuses a name that is in use
      Given the middleware has a LAGG lagg0 with protocol FAILOVER on port 1
      When the middleware is asked for a LAGG with
        | lag_ports | port2 |
      Then the middleware refuses interface_create.name: "Interface name is already in use."

    @refines.C-10 @refines.S-04
    Scenario: The middleware gives a LAGG without a name the lowest free number
      The number refers to no other interface.

      Given the middleware has a LAGG lagg0 with protocol FAILOVER on port 1
      When the middleware is asked for a LAGG with
        | name      | absent |
        | lag_ports | port2  |
      Then the middleware shows lagg1 with
        | lag_ports | port2 |

    @confirms.C-09
    Scenario: A number that is too large for the kernel is noticed at the commit only
      Given the middleware has a LAGG lagg32768 with protocol FAILOVER on port 1
      When the change is committed
      Then the middleware fails with "[Errno 28] No space left on device"
      And no change is pending
      And the middleware shows no lagg32768

  Rule: Five protocols are offered, and one must be chosen

    @confirms.C-12
    Scenario: The middleware offers five protocols
      Then the middleware offers the protocols FAILOVER, LACP, LOADBALANCE, NONE, ROUNDROBIN

    @confirms.C-12
    Scenario Outline: The chosen protocol reaches the kernel
      When the middleware is asked for a LAGG with
        | lag_protocol | <protocol> |
      And the change is committed
      Then the middleware accepts it
      And ifconfig shows lagg0 with
        | protocol | <kernel> |

      Examples:
        | protocol    | kernel      |
        | LACP        | lacp        |
        | FAILOVER    | failover    |
        | LOADBALANCE | loadbalance |
        | ROUNDROBIN  | roundrobin  |
        | NONE        | none        |

    @confirms.C-12
    Scenario Outline: The middleware refuses a protocol that it does not offer
      lagg(4) has a sixth protocol, broadcast, which TrueNAS does not offer.

      When the middleware is asked for a LAGG with
        | lag_protocol | <protocol> |
      Then the middleware refuses interface_create.lag_protocol: "Invalid choice: <protocol>"

      Examples:
        | protocol  |
        | BROADCAST |
        | lacp      |

    @refines.S-09
    Scenario: The middleware has no default protocol
      A script has to name the protocol that the kernel would choose itself.

      When the middleware is asked for a LAGG with
        | lag_protocol | absent |
      Then the middleware refuses interface_create.lag_protocol: "This field is required"

  Rule: Ports are network cards that nothing else uses

    @confirms.C-30
    Scenario: The middleware accepts a single port
      When the middleware is asked for a LAGG with
        | lag_ports | port1 |
      And the change is committed
      Then ifconfig shows lagg0 with
        | ports | 1 |

    @confirms.C-30
    Scenario: The middleware refuses a LAGG without the field lag_ports
      When the middleware is asked for a LAGG with
        | lag_ports | absent |
      Then the middleware refuses interface_create.lag_ports: "This field is required"

    @confirms.C-30
    Scenario: The middleware refuses an empty list of ports
      When the middleware is asked for a LAGG with
        | lag_ports | none |
      Then the middleware refuses interface_create.lag_ports: "This field cannot be empty."

    @confirms.C-30
    Scenario: The middleware refuses a port that does not exist
      When the middleware is asked for a LAGG with
        | lag_ports | port1, em77 |
      Then the middleware refuses interface_create.lag_ports.1: "Not a valid interface."

    @confirms.C-30
    Scenario: The middleware refuses a LAGG as a port
      Given the middleware has a LAGG lagg0 with protocol FAILOVER on port 1
      When the change is committed
      And the middleware is asked for a LAGG with
        | name      | lagg1 |
        | lag_ports | lagg0 |
      Then the middleware refuses interface_create.lag_ports.0: "Only physical interfaces are allowed to be a member of Link Aggregation."

    @confirms.C-30
    Scenario: The middleware refuses a port of another LAGG
      Given the middleware has a LAGG lagg0 with protocol FAILOVER on port 1
      When the middleware is asked for a LAGG with
        | name      | lagg1        |
        | lag_ports | port2, port1 |
      Then the middleware refuses interface_create.lag_ports.1: "Interface port1 is currently in use by lagg0."

    @confirms.C-30
    Scenario: The middleware refuses the parent of a VLAN as a port
      Given the middleware has a VLAN vlan5 on port1
      When the middleware is asked for a LAGG with
        | lag_ports | port1 |
      Then the middleware refuses interface_create.lag_ports.0: "Interface port1 is currently in use by vlan5."

    @confirms.C-30
    Scenario: A LAGG keeps its own ports when it is changed
      Given the middleware has a LAGG lagg0 with protocol FAILOVER on ports 1 and 2
      When the middleware is asked to change lagg0 to
        | lag_ports | port1, port3 |
      Then the middleware accepts it

    @behaviour.port-named-twice
    Scenario: A port that is named twice is noticed at the commit only
      When the middleware is asked for a LAGG with
        | lag_ports | port1, port1 |
      Then the middleware accepts it
      When the change is committed
      Then the middleware fails with "[Errno 17] File exists"
      And there is no interface lagg0

  Rule: The primary cannot be chosen

    @refines.C-19 @defect.B-15
    Scenario: The primary is the first port by name, not the first that was chosen
      The web interface shows the order that was chosen, so that the wrong cable is expected to
      be in use.

      When the middleware is asked for a LAGG with
        | lag_ports | port2, port1 |
      And the change is committed
      Then the middleware shows lagg0 with
        | lag_ports | port2, port1 |
      But ifconfig shows lagg0 with
        | port 1 | MASTER,ACTIVE |
        | port 2 | none          |

    @defect.B-16
    Scenario: Every commit recreates a LAGG whose ports differ in order by name and by index
      em0 comes before vtnet1 by name and behind it by index. Each time the LAGG is gone for
      a moment, with all its connections.

      When the middleware is asked for a LAGG with
        | lag_ports | port1, port5 |
      And the change is committed for good
      And the change is committed for good
      Then ifconfig shows lagg0 with
        | ports | 1, 5 |
      But the middleware's log has "Destroying existing lagg0 as its first port has changed"

  Rule: A NAS with two controllers must not fail over during a change

    @behaviour.failover-first
    Scenario: The middleware refuses every change while failover is switched on
      The middleware has a second text for the same, "Failover needs to be disabled to perform
      network configuration changes."; the first one is always said before it.

      Given a licence for two controllers, with failover switched on
      When the middleware is asked for a LAGG with
        | lag_ports | port1 |
      Then the middleware fails with "[EFAULT] Disable failover before performing interfaces changes."

    @behaviour.failover-critical
    Scenario: A LAGG with the protocol failover cannot be critical for failover
      Given a licence for two controllers, with failover switched off
      When the middleware is asked for a LAGG with
        | failover_critical | true |
      Then the middleware refuses interface_create.failover_critical: "A lagg using "Failover" protocol is not allowed to be marked critical for failover."
