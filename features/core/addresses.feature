@addresses
Feature: The addresses of a LAGG
  Addresses belong to the LAGG, never to its ports.

  Background:
    Given a LAGG lagg0 with protocol failover on ports 1 and 2

  @confirms.O-09 @confirms.S-13
  Scenario: A LAGG has IPv4 and IPv6 addresses at once
    One LAGG serves clients of both families, without a second interface.

    When lagg0 is given the address 198.51.100.7/25
    And lagg0 is given the address 2001:db8::7/64
    Then ifconfig shows lagg0 with
      | addresses | 192.0.2.1/24, 198.51.100.7/25, 2001:db8::7/64 |

  @confirms.O-09
  Scenario: Removing an alias leaves the other addresses
    Clients of the other addresses keep their connections.

    Given lagg0 is given the address 198.51.100.7/25
    When the administrator runs "ifconfig lagg0 inet 198.51.100.7 -alias"
    Then ifconfig shows lagg0 with
      | addresses | 192.0.2.1/24 |

  @confirms.O-09
  Scenario: A further address is announced to the neighbours
    Neighbours do not have to ask for it; the announcement leaves by the active port.

    When lagg0 is given the address 198.51.100.7/25
    Then 198.51.100.7 is announced by port 1

  Rule: The longest prefix depends on the address family

    @contradicts.O-10
    Scenario Outline: An address with any prefix length of its family is accepted
      The range from 1 to 32 is that of IPv4. For IPv6 64 is the usual length.

      When lagg0 is given the address <address>
      Then the command succeeds
      And ifconfig shows lagg0 with
        | addresses | 192.0.2.1/24, <address> |

      Examples:
        | address           |
        | 203.0.113.9/32    |
        | 2001:db8:1::1/64  |
        | 2001:db8:1::1/128 |

    @contradicts.O-10
    Scenario Outline: A prefix longer than the address is refused
      A typing error does not give the NAS an address in a network that does not exist.

      When lagg0 is given the address <address>
      Then the command is refused with "bad value"

      Examples:
        | address            |
        | 203.0.113.1/33     |
        | 2001:db8:2::1/129  |
