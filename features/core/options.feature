@options
Feature: The options of a LAGG
  What can be written into the field Options is what ifconfig understands.

  @confirms.O-02
  Scenario: Offloading is switched off for all ports of a LAGG at once
    How much it costs is not measured here. That the ports follow the LAGG is what an
    administrator of jails and virtual machines relies on.

    Given a LAGG lagg0 with protocol failover on ports 5 and 6
    And the administrator runs "ifconfig vlan7 create vlan 7 vlandev lagg0"
    When the administrator runs "ifconfig lagg0 -txcsum -rxcsum"
    Then ifconfig shows lagg0 with
      | options | without TXCSUM,RXCSUM |
    And ifconfig shows vlan7 with
      | options | without TXCSUM,RXCSUM |
    And ifconfig shows port5 with
      | options | without TXCSUM,RXCSUM |
    And ifconfig shows port6 with
      | options | without TXCSUM,RXCSUM |

  @refines.O-02
  Scenario: A port that leaves has its own offloading again
    What was switched off for the LAGG does not slow the card down for ever, only while it is a
    port.

    Given a LAGG lagg0 with protocol failover on ports 5 and 6
    And the administrator runs "ifconfig lagg0 -txcsum -rxcsum"
    When the administrator runs "ifconfig lagg0 -laggport port6"
    Then ifconfig shows port6 with
      | options | with TXCSUM,RXCSUM |
    And ifconfig shows port5 with
      | options | without TXCSUM,RXCSUM |
    When the administrator runs "ifconfig lagg0 laggport port6"
    Then ifconfig shows port6 with
      | options | without TXCSUM,RXCSUM |
    When the administrator runs "ifconfig lagg0 -laggport port6"
    Then ifconfig shows port6 with
      | options | with TXCSUM,RXCSUM |

  @refines.O-02
  Scenario: A port that joins with less offloading takes it from the whole LAGG
    The LAGG promises what all of its ports can do, and a VLAN what its LAGG can do.

    Given a LAGG lagg0 with protocol failover on port 5
    And the administrator runs "ifconfig vlan7 create vlan 7 vlandev lagg0"
    And the administrator runs "ifconfig port6 -txcsum"
    When the administrator runs "ifconfig lagg0 laggport port6"
    Then ifconfig shows lagg0 with
      | options | without TXCSUM |
    And ifconfig shows vlan7 with
      | options | without TXCSUM |
    And ifconfig shows port5 with
      | options | without TXCSUM |
    And ifconfig shows port6 with
      | options | without TXCSUM |

  @refines.O-02
  Scenario: Offloading that is switched off at one port is off for the whole LAGG
    Given a LAGG lagg0 with protocol failover on ports 5 and 6
    And the administrator runs "ifconfig vlan7 create vlan 7 vlandev lagg0"
    When the administrator runs "ifconfig port6 -txcsum"
    Then ifconfig shows lagg0 with
      | options | without TXCSUM |
    And ifconfig shows vlan7 with
      | options | without TXCSUM |
    And ifconfig shows port5 with
      | options | without TXCSUM |

  @refines.O-08
  Scenario Outline: An option of one protocol is refused under another
    On TrueNAS nobody sees the refusal: the option is saved and has no effect.

    Given a LAGG lagg0 with protocol <protocol> on ports 1 and 2
    When the administrator runs "ifconfig lagg0 <option>"
    Then the command is refused with "<words>"

    Examples:
      | option            | protocol    | words            |
      | rr_limit 5        | loadbalance | Invalid argument |
      | lacp_fast_timeout | failover    | Invalid argument |

  @refines.O-08
  Scenario: A misspelt option is refused and changes nothing
    On the command line the error is seen at once.

    Given a LAGG lagg0 with protocol loadbalance on ports 1 and 2
    When the administrator runs "ifconfig lagg0 lagghash l5"
    Then the command is refused with "Invalid lagghash option: l5"
    And ifconfig shows lagg0 with
      | hash | l2,l3,l4 |

  @confirms.O-08
  Scenario: Several options take effect together
    Given a LAGG lagg0 with protocol lacp on ports 1 and 2
    When the administrator runs "ifconfig lagg0 lagghash l3,l4 lacp_fast_timeout use_flowid flowid_shift 3"
    Then ifconfig shows lagg0 with
      | hash         | l3,l4                          |
      | lagg options | with LACP_FAST_TIMO,USE_FLOWID |
      | flowid shift | 3                              |

  Rule: Defaults

    @contradicts.P-06
    Scenario: The hash of the network card is not used by default
      A card that computes a hash saves no work unless the administrator asks for it.

      Given a LAGG lagg0 with protocol loadbalance on ports 1 and 2
      Then ifconfig shows lagg0 with
        | lagg options | without USE_FLOWID |

    @contradicts.P-07 @defect.B-04 @not.freebsd-15
    Scenario: A new LAGG ignores the sysctls for its defaults
      The variable is one per network stack and its sysctl is not. The loader still can set
      it.

      When the administrator runs "sysctl net.link.lagg.default_flowid_shift=8"
      And the administrator runs "sysctl net.link.lagg.default_use_flowid=1"
      And the administrator runs "ifconfig lagg0 create"
      Then the command succeeds
      But ifconfig shows lagg0 with
        | flowid shift | 16                 |
        | lagg options | without USE_FLOWID |

    @confirms.P-07 @fixed.B-04 @on.freebsd-15
    Scenario: A new LAGG takes its defaults from the sysctls
      When the administrator runs "sysctl net.link.lagg.default_flowid_shift=8"
      And the administrator runs "sysctl net.link.lagg.default_use_flowid=1"
      And the administrator runs "ifconfig lagg0 create"
      Then ifconfig shows lagg0 with
        | flowid shift | 8               |
        | lagg options | with USE_FLOWID |
