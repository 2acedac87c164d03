@releases
Feature: Differences between releases
  What changes for an administrator who moves from one release to another. Each of two
  scenarios about one behaviour holds on its own releases.

  Rule: The release decides who brings the ports up

    @behaviour.ports-up @not.freebsd-15
    Scenario: A port that was not brought up carries nothing
      The LAGG is there, it is up, it has its address, and nothing works.

      Given an empty LAGG lagg0
      And the administrator runs "ifconfig lagg0 laggport port1 laggport port2 192.0.2.1/24 up"
      And a neighbour that the NAS knows
      When the NAS sends 3 pings to the neighbour
      Then the pings fail with "Network is down"
      And nothing leaves by any port
      And ifconfig shows port1 with
        | enabled | no |
      And ifconfig shows lagg0 with
        | status | no carrier |

    @behaviour.ports-up @on.freebsd-15
    Scenario: A LAGG brings its ports up
      Given an empty LAGG lagg0
      And the administrator runs "ifconfig lagg0 laggport port1 laggport port2 192.0.2.1/24 up"
      And a neighbour that the NAS knows
      When the NAS sends 3 pings to the neighbour
      Then the pings leave by port 1
      And ifconfig shows port1 with
        | enabled | yes |
      And ifconfig shows lagg0 with
        | status | active |

    @behaviour.ports-after-destroy @not.freebsd-15
    Scenario: The ports of a LAGG that is destroyed stay up
      Given a LAGG lagg0 with protocol failover on ports 1 and 2
      When the administrator runs "ifconfig lagg0 destroy"
      Then ifconfig shows port1 with
        | enabled | yes |
      And ifconfig shows port2 with
        | enabled | yes |

    @behaviour.ports-after-destroy @on.freebsd-15
    Scenario: A LAGG that is destroyed takes its ports down
      A script that destroys a LAGG and then uses a port has to bring the port up.

      Given a LAGG lagg0 with protocol failover on ports 1 and 2
      When the administrator runs "ifconfig lagg0 destroy"
      Then ifconfig shows port1 with
        | enabled | no |
      And ifconfig shows port2 with
        | enabled | no |

    @behaviour.ports-after-leaving
    Scenario: A port that leaves a LAGG stays up
      Here the releases agree: only with the whole LAGG does a port go down, if it does.

      Given a LAGG lagg0 with protocol failover on ports 1 and 2
      When the administrator runs "ifconfig lagg0 -laggport port2"
      Then ifconfig shows port2 with
        | enabled | yes |

  Rule: How a refusal is reported

    @behaviour.none-refuses @not.freebsd-15
    Scenario: With the protocol none, ping reports a device that is not configured
      Given a LAGG lagg0 with protocol none on ports 1 and 2
      And a neighbour that the NAS knows
      When the NAS sends 3 pings to the neighbour
      Then the pings fail with "Device not configured"

    @behaviour.none-refuses @on.freebsd-15
    Scenario: With the protocol none, ping reports that the network is down
      Given a LAGG lagg0 with protocol none on ports 1 and 2
      And a neighbour that the NAS knows
      When the NAS sends 3 pings to the neighbour
      Then the pings fail with "Network is down"
