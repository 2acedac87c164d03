@truenas @on.truenas
Feature: The ports and VLANs of a LAGG on TrueNAS
  What the middleware does with the interfaces below a LAGG, and with those upon it.

  @contradicts.S-10
  Scenario: A port that was configured by hand joins and loses its settings
    Given the middleware is asked to change port1 to
      | aliases     | 198.51.100.1/24 |
      | mtu         | 9000            |
      | description | uplink          |
    And the change is committed for good
    When the middleware is asked for a LAGG with
      | aliases | 192.0.2.1/24 |
    Then the middleware accepts it
    And the middleware shows port1 with
      | aliases     | none   |
      | mtu         | null   |
      | description | uplink |
    When the change is committed
    Then ifconfig shows port1 with
      | addresses | none |

  @refines.S-10
  Scenario: An address in the network of a future port is refused
    Given the middleware is asked to change port1 to
      | aliases | 192.0.2.1/24 |
    When the middleware is asked for a LAGG with
      | aliases | 192.0.2.2/24 |
    Then the middleware refuses interface_create.aliases.0: "The network 192.0.2.0/24 is already in use by another interface."

  Rule: A port has no settings of its own

    @contradicts.S-10
    Scenario Outline: The settings of a port cannot be changed
      What would be set on a port would have no effect, or break the LAGG.

      Given the middleware has a LAGG lagg0 with protocol FAILOVER on ports 1 and 2
      When the middleware is asked to change port1 to
        | <field> | <value> |
      Then the middleware refuses interface_update.<field>: "Interface in use by lagg0. <words> cannot be changed."

      Examples:
        | field                    | value           | words                   |
        | aliases                  | 198.51.100.1/24 | Active node IP address  |
        | failover_aliases         | 198.51.100.2    | Standby node IP address |
        | failover_virtual_aliases | 198.51.100.3    | Virtual IP address      |
        | failover_group           | 1               | Failover group number   |
        | mtu                      | 9000            | MTU                     |
        | ipv4_dhcp                | true            | DHCP                    |
        | ipv6_auto                | true            | Autconfig for IPv6      |

    @behaviour.description-of-a-port
    Scenario: The description of a port can be changed
      Given the middleware has a LAGG lagg0 with protocol FAILOVER on ports 1 and 2
      When the middleware is asked to change port1 to
        | description | left cable |
      Then the middleware accepts it

  Rule: The parent of a VLAN is a LAGG, not one of its ports

    @contradicts.S-11
    Scenario: A VLAN can use a new LAGG at once
      Not even the commit is needed, let alone a restart.

      Given the middleware has a LAGG lagg0 with protocol FAILOVER on ports 1 and 2
      Then lagg0 is among the middleware's choices for a VLAN's parent
      When the middleware is asked for an interface with
        | type                  | VLAN  |
        | name                  | vlan5 |
        | vlan_parent_interface | lagg0 |
        | vlan_tag              | 5     |
      Then the middleware accepts it
      When the change is committed
      Then the middleware accepts it
      And ifconfig shows lagg0 with
        | ports | 1, 2 |

    @confirms.S-04
    Scenario: A port of a LAGG cannot be the parent of a VLAN
      Given the middleware has a LAGG lagg0 with protocol FAILOVER on ports 1 and 2
      When the middleware is asked for an interface with
        | type                  | VLAN  |
        | name                  | vlan5 |
        | vlan_parent_interface | port1 |
        | vlan_tag              | 5     |
      Then the middleware refuses interface_create.vlan_parent_interface: "Interface port1 is currently in use by lagg0."

    @behaviour.mtu-of-a-vlan
    Scenario: A VLAN with a larger MTU than its parent is refused
      Given the middleware has a LAGG lagg0 with protocol FAILOVER on ports 1 and 2
      When the middleware is asked for an interface with
        | type                  | VLAN  |
        | name                  | vlan5 |
        | vlan_parent_interface | lagg0 |
        | vlan_tag              | 5     |
        | mtu                   | 9000  |
      Then the middleware refuses interface_create.mtu: "VLAN MTU cannot be bigger than parent interface."

  Rule: Resetting a LAGG removes more than the LAGG

    @confirms.S-03
    Scenario: Deleting a LAGG deletes the settings of its ports
      Description and addresses of the cards have to be entered again.

      Given the middleware is asked to change port1 to
        | description | left cable |
      And the middleware has a LAGG lagg0 with protocol FAILOVER on ports 1 and 2
      And the change is committed for good
      When the middleware is asked to delete lagg0
      And the change is committed
      Then there is no interface lagg0
      And the middleware shows port1 with
        | description |  |

    @confirms.S-03
    Scenario: A LAGG that has VLANs cannot be deleted
      Given the middleware has a LAGG lagg0 with protocol FAILOVER on ports 1 and 2
      And the middleware has a VLAN vlan1 on lagg0
      And the middleware has a VLAN vlan2 on lagg0
      When the middleware is asked to delete lagg0
      Then the middleware fails with "[EFAULT] The following VLANs depend on this interface: vlan1, vlan2"

    @behaviour.made-by-hand
    Scenario: The next commit removes a LAGG that was created with ifconfig
      What is not in the middleware's database does not last.

      When the administrator runs "ifconfig lagg7 create"
      And the change is committed for good
      Then there is no interface lagg7

  Rule: A LAGG can be renamed through the API only

    @refines.S-02
    Scenario: The middleware accepts a new name, and the commit fails
      The new LAGG is made before the old one, which still has the ports, is destroyed.

      Given the middleware has a LAGG lagg0 with protocol FAILOVER on ports 1 and 2
      And the change is committed for good
      When the middleware is asked to change lagg0 to
        | name | lagg7 |
      Then the middleware accepts it
      And the middleware shows lagg7 with
        | lag_ports | port1, port2 |
      When the change is committed
      Then the middleware fails with "[Errno 16] Device busy"
      And the middleware shows no lagg7
      And ifconfig shows lagg0 with
        | ports | 1, 2 |

    @refines.S-02
    Scenario: A VLAN keeps the old name of its renamed parent
      Given the middleware has a LAGG lagg0 with protocol FAILOVER on ports 1 and 2
      And the middleware has a VLAN vlan5 on lagg0
      When the middleware is asked to change lagg0 to
        | name | lagg7 |
      Then the middleware shows vlan5 with
        | vlan_parent_interface | lagg0 |
