@truenas @on.truenas
Feature: The settings of a LAGG on TrueNAS
  Description, MTU, options and addresses, as the form has them.

  @confirms.C-11
  Scenario: The description reaches the kernel
    When the middleware is asked for a LAGG with
      | description | storage uplink |
    And the change is committed
    Then ifconfig shows lagg0 with
      | description | storage uplink |

  Rule: The MTU is from 1492 to 9216

    @confirms.O-06
    Scenario Outline: The middleware accepts an MTU from 1492 to 9216
      When the middleware is asked for a LAGG with
        | mtu | <mtu> |
      And the change is committed
      Then ifconfig shows lagg0 with
        | mtu | <mtu> |

      Examples:
        | mtu  |
        | 1492 |
        | 9000 |
        | 9216 |

    @confirms.O-06
    Scenario Outline: The middleware refuses an MTU outside 1492 to 9216
      When the middleware is asked for a LAGG with
        | mtu | <mtu> |
      Then the middleware refuses interface_create.mtu: "Should be between 1492 and 9216"

      Examples:
        | mtu  |
        | 1491 |
        | 9217 |

    @confirms.O-07 @confirms.S-12
    Scenario: A blank MTU means 1500
      When the middleware is asked for a LAGG with
        | mtu | 9000 |
      And the change is committed for good
      And the middleware is asked to change lagg0 to
        | mtu | null |
      And the change is committed
      Then ifconfig shows lagg0 with
        | mtu | 1500 |

  Rule: Options are passed to ifconfig without a check

    @confirms.O-08
    Scenario: An option takes effect at the commit
      Options reach ifconfig as they were written.

      When the middleware is asked for a LAGG with
        | lag_protocol | LOADBALANCE    |
        | options      | lagghash l3,l4 |
      And the change is committed
      Then ifconfig shows lagg0 with
        | hash | l3,l4 |

    @refines.O-08 @defect.B-23
    Scenario Outline: A typing error in the options is accepted in silence
      The error is in the middleware's log only; the option seems to be set.

      When the middleware is asked for a LAGG with
        | lag_protocol | LOADBALANCE |
        | options      | <options>   |
      Then the middleware accepts it
      When the change is committed
      Then the middleware accepts it
      But ifconfig shows lagg0 with
        | hash | l2,l3,l4 |
      And the middleware's log has "Failed to run options on lagg0"

      Examples:
        | options        |
        | lagghash l9    |
        | laghash l3,l4  |

    @refines.O-08
    Scenario: The middleware refuses options that begin with the MTU
      When the middleware is asked for a LAGG with
        | options | mtu 9000 |
      Then the middleware refuses interface_create.options: "MTU should be placed in its own field."

    @refines.O-08
    Scenario: The middleware accepts an MTU behind another option
      Only options that begin with the MTU are noticed, and the MTU of the form wins.

      When the middleware is asked for a LAGG with
        | options | up mtu 9000 |
      Then the middleware accepts it

  Rule: Not every kind of interface has every setting

    @refines.O-01
    Scenario: Hardware offloading cannot be switched off for a bridge
      When the middleware is asked for an interface with
        | type                         | BRIDGE  |
        | name                         | bridge7 |
        | bridge_members               | port1   |
        | disable_offload_capabilities | true    |
      Then the middleware refuses interface_create.disable_offload_capabilities: "Offloading capabilities is not supported for bridge interfaces"

    @refines.O-01
    Scenario: Hardware offloading can be switched off for a LAGG
      When the middleware is asked for a LAGG with
        | disable_offload_capabilities | true |
      Then the middleware shows lagg0 with
        | disable_offload_capabilities | true |

  Rule: A LAGG has any number of addresses of both families

    @confirms.O-09 @confirms.S-13 @contradicts.O-10
    Scenario: The middleware accepts IPv4 and IPv6 addresses with prefixes beyond 32
      When the middleware is asked for a LAGG with
        | aliases | 192.0.2.1/24, 198.51.100.7/25, 2001:db8::7/64, 2001:db8:1::1/128 |
      And the change is committed
      Then ifconfig shows lagg0 with
        | addresses | 192.0.2.1/24, 198.51.100.7/25, 2001:db8::7/64, 2001:db8:1::1/128 |

    @contradicts.O-10
    Scenario: A prefix that is too long causes an exception instead of a message
      The form shows an internal error, and not which field is wrong.

      When the middleware is asked for a LAGG with
        | aliases | 192.0.2.1/33 |
      Then the middleware fails with "'192.0.2.1/33' does not appear to be an IPv4 or IPv6 network"

    @confirms.O-09
    Scenario: The middleware refuses a network that another interface has
      Given the middleware is asked for a LAGG with
        | aliases | 192.0.2.1/24 |
      When the middleware is asked for a LAGG with
        | name      | lagg1          |
        | lag_ports | port3          |
        | aliases   | 192.0.2.129/25 |
      Then the middleware refuses interface_create.aliases.0: "The network 192.0.2.128/25 is already in use by another interface."

    @confirms.O-09
    Scenario: The middleware refuses an address that is given twice
      When the middleware is asked for a LAGG with
        | aliases | 192.0.2.1/24, 192.0.2.1/24 |
      Then the middleware refuses interface_create.aliases.1: "This value is not unique."

    @confirms.S-05
    Scenario: The middleware refuses a second interface with DHCP
      Given the middleware is asked for a LAGG with
        | ipv4_dhcp | true |
      When the middleware is asked for a LAGG with
        | name      | lagg1 |
        | lag_ports | port3 |
        | ipv4_dhcp | true  |
      Then the middleware refuses interface_create.ipv4_dhcp: "Only one interface can be used for DHCP."

    @confirms.S-05 @defect.B-14
    Scenario: No LAGG can use DHCP on a NAS without any configuration
      As long as no interface was ever configured, every network card counts as using DHCP.

      Given no interface of the NAS was ever configured
      When the middleware is asked for a LAGG with
        | ipv4_dhcp | true |
      Then the middleware shows no lagg0
      But the middleware refuses interface_create.ipv4_dhcp: "Only one interface can be used for DHCP."

    @confirms.S-06
    Scenario: The middleware refuses a second interface with IPv6 autoconfiguration
      Given the middleware is asked for a LAGG with
        | ipv6_auto | true |
      When the middleware is asked for a LAGG with
        | name      | lagg1 |
        | lag_ports | port3 |
        | ipv6_auto | true  |
      Then the middleware refuses interface_create.ipv6_auto: "Only one interface can have IPv6 autoconfiguration enabled."
