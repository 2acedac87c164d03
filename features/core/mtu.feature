@mtu
Feature: The MTU of a LAGG
  A LAGG and its ports always have one MTU.

  @confirms.O-07 @confirms.S-12
  Scenario: A new LAGG has an MTU of 1500
    A LAGG works on any network until somebody asks for jumbo frames.

    Given a LAGG lagg0 with protocol failover on ports 1 and 2
    Then ifconfig shows lagg0 with
      | mtu | 1500 |

  @confirms.O-07
  Scenario: A VLAN on a LAGG has an MTU of 1500 as well
    The tag has room beside it, as on the ports.

    Given a LAGG lagg0 with protocol failover on ports 1 and 2
    When the administrator runs "ifconfig vlan7 create vlan 7 vlandev lagg0"
    Then ifconfig shows vlan7 with
      | mtu | 1500 |

  @confirms.O-06
  Scenario Outline: An MTU in the range of the form is accepted
    These are the ends of the range that the form allows. The kernel allows more.

    Given a LAGG lagg0 with protocol failover on ports 1 and 2
    When the administrator runs "ifconfig lagg0 mtu <mtu>"
    Then the command succeeds
    And ifconfig shows lagg0 with
      | mtu | <mtu> |
    And ifconfig shows port1 with
      | mtu | <mtu> |
    And ifconfig shows port2 with
      | mtu | <mtu> |

    Examples:
      | mtu  |
      | 1492 |
      | 9000 |
      | 9216 |

  Rule: The hardware sets the limit

    @confirms.O-05
    Scenario: An MTU that one port does not support is refused for the LAGG
      Frames that are too large for one cable would be lost on that one only.

      Given a LAGG lagg0 with protocol failover on ports 1 and 5
      When the administrator runs "ifconfig lagg0 mtu 20000"
      Then the command is refused with "Invalid argument"
      And ifconfig shows lagg0 with
        | mtu | 1500 |
      And ifconfig shows port1 with
        | mtu | 1500 |

    @confirms.O-05
    Scenario: An MTU that only the first port does not support is refused for the LAGG
      A virtual cable takes frames of any size. That the ports after the first one agree does
      not count.

      Given a LAGG lagg0 with protocol failover on port 5
      And 2 virtual cables
      When lagg0 takes the ends of 2 virtual cables as ports
      And the administrator runs "ifconfig lagg0 mtu 20000"
      Then the command is refused with "Invalid argument"
      And ifconfig shows lagg0 with
        | mtu | 1500 |
      And ifconfig shows port5 with
        | mtu | 1500 |

    @confirms.O-05
    Scenario: A port that does not support the MTU of a LAGG cannot join
      The LAGG, its ports and the one that is refused keep the MTU that they have.

      Given an empty LAGG lagg0
      And 2 virtual cables
      When lagg0 takes the ends of 2 virtual cables as ports
      And the administrator runs "ifconfig lagg0 mtu 20000"
      And the administrator runs "ifconfig lagg0 laggport port5"
      Then the command is refused with "Invalid argument"
      And ifconfig shows lagg0 with 2 ports
      And ifconfig shows lagg0 with
        | mtu | 20000 |
      And ifconfig shows port5 with
        | mtu | 1500 |
      And each port of lagg0 has the MTU 20000

    @confirms.O-05
    Scenario: The MTU of a port cannot be changed on its own
      Ports of one LAGG never disagree on the size of frames.

      Given a LAGG lagg0 with protocol failover on ports 1 and 2
      When the administrator runs "ifconfig port2 mtu 9000"
      Then the command is refused with "Invalid argument"
      When the administrator runs "ifconfig port1 mtu 9000"
      Then the command is refused with "Invalid argument"

  @refines.P-01
  Scenario: A LAGG takes the MTU of its first port
    An empty LAGG has one of its own, which does not count.

    Given an empty LAGG lagg0
    And the administrator runs "ifconfig port1 mtu 9000"
    When the administrator runs "ifconfig lagg0 laggport port1"
    Then ifconfig shows lagg0 with
      | mtu | 9000 |
    And ifconfig shows port1 with
      | mtu | 9000 |

  Rule: A new port takes the MTU of the LAGG

    @contradicts.P-01
    Scenario: A port with another MTU joins and takes the MTU of the LAGG
      The ports need not be prepared, contrary to what the manual says.

      Given a LAGG lagg0 with protocol failover on port 1
      And the administrator runs "ifconfig lagg0 mtu 9000"
      When the administrator runs "ifconfig lagg0 laggport port2"
      Then the command succeeds
      And ifconfig shows port2 with
        | mtu | 9000 |

    @contradicts.P-01
    Scenario: A port that leaves a LAGG keeps the LAGG's MTU
      Its MAC address returns, its MTU does not: a defect, B-19.

      Given a LAGG lagg0 with protocol failover on ports 1 and 2
      And the administrator runs "ifconfig lagg0 mtu 9000"
      When the administrator runs "ifconfig lagg0 -laggport port2"
      Then ifconfig shows port2 with
        | mtu | 9000 |
