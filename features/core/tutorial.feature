@tutorial
Feature: The tutorial
  What a reader of the tutorial types, from the first command to the last. The page shows these
  outputs, and a test compares its commands with these.

  @not.truenas @confirms.C-18
  Scenario: A LAGG is created, loses a cable, outlives a reboot and is removed
    The last thing is undone, so that the NAS is as it was.

    Given a host 192.0.2.254 behind the switch
    When the administrator runs "ifconfig port1 up"
    And the administrator runs "ifconfig port2 up"
    And the administrator looks with "ifconfig port1"
    And the administrator runs "ifconfig lagg0 create"
    And the administrator looks with "ifconfig lagg0"
    Then ifconfig shows lagg0 with
      | protocol | failover |
      | ports    | none     |
    When the administrator runs "ifconfig lagg0 laggport port1 laggport port2"
    And the administrator runs "ifconfig lagg0 192.0.2.1/24"
    And the administrator looks with "ifconfig lagg0"
    Then ifconfig shows lagg0 with
      | port 1 | MASTER,ACTIVE |
      | port 2 | none          |
    When the NAS sends 3 pings to the host
    Then every ping is answered
    And the pings leave by port 1
    When the link of port 1 is lost
    And the administrator looks with "ifconfig lagg0"
    Then ifconfig shows lagg0 with
      | port 1 | MASTER |
      | port 2 | ACTIVE |
    When the NAS sends 3 pings to the host
    Then every ping is answered
    And the pings leave by port 2
    When the link of port 1 returns
    And the administrator looks with "ifconfig lagg0"
    Then ifconfig shows lagg0 with
      | port 1 | MASTER,ACTIVE |
    When the administrator runs "sysrc cloned_interfaces+=lagg0"
    And the administrator runs "sysrc ifconfig_port1=up ifconfig_port2=up"
    And the administrator runs "sysrc ifconfig_lagg0="laggproto failover laggport port1 laggport port2 192.0.2.1/24""
    And the NAS is rebooted
    And the administrator looks with "ifconfig lagg0"
    Then ifconfig shows lagg0 with
      | addresses | 192.0.2.1/24  |
      | port 1    | MASTER,ACTIVE |
      | port 2    | none          |
    When the administrator runs "sysrc cloned_interfaces-=lagg0"
    And the administrator runs "sysrc -x ifconfig_lagg0 ifconfig_port1 ifconfig_port2"
    And the administrator runs "ifconfig lagg0 destroy"
    And the administrator looks with "ifconfig -l"
    Then there is no interface lagg0
