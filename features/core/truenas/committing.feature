@truenas @on.truenas
Feature: Committing a change on TrueNAS
  A change is in the database at once and in the kernel after a commit. Unless it is checked
  in within a minute, the middleware takes it back.

  Background:
    Given the middleware is asked for a LAGG with
      | aliases | 192.0.2.1/24 |

  @behaviour.pending-change
  Scenario: A change does not reach the kernel before the commit
    Then a change is pending
    And there is no interface lagg0

  @behaviour.pending-change
  Scenario: A committed change waits a minute for its check-in
    There is time to see whether the NAS can still be reached.

    When the change is committed
    Then ifconfig shows lagg0 with
      | addresses | 192.0.2.1/24 |
    And the middleware waits 50 to 60 seconds for a check-in
    And a change is pending

  @behaviour.pending-change
  Scenario: A committed change without a check-in is undone
    An administrator who is locked out gets back in after a minute.

    When the change is committed
    And 62 seconds pass
    Then there is no interface lagg0
    And the middleware shows no lagg0
    And no change is pending

  @behaviour.pending-change
  Scenario: A change that was checked in stays
    When the change is committed
    And the change is checked in
    And 62 seconds pass
    Then ifconfig shows lagg0 with
      | addresses | 192.0.2.1/24 |
    And no change is pending

  @behaviour.pending-change
  Scenario: A committed change can be rolled back at once
    Nobody has to wait for the minute to pass.

    When the change is committed
    And the change is rolled back
    Then there is no interface lagg0
    And no change is pending

  @behaviour.second-commit
  Scenario: A second commit does not stop the timer of the first
    The old timer makes the middleware set up all interfaces again, and whatever was created
    outside of it is gone.

    When the change is committed
    And the change is committed
    And the change is checked in
    And the administrator runs "ifconfig lagg7 create"
    And 62 seconds pass
    Then there is no interface lagg7
    And ifconfig shows lagg0 with
      | addresses | 192.0.2.1/24 |

  Rule: An unconfirmed change can become permanent

    @defect.B-13
    Scenario: A restart of the middleware makes a pending change permanent
      What is needed to take it back is only in the memory of middlewared.

      When middlewared is restarted
      Then the middleware shows lagg0 with
        | aliases | 192.0.2.1/24 |
      But no change is pending

    @defect.B-13
    Scenario: A reboot applies a change that nobody committed
      A change that was abandoned can take the NAS off the network weeks later.

      When the NAS is rebooted
      Then no change is pending
      But ifconfig shows lagg0 with
        | addresses | 192.0.2.1/24 |

    @defect.B-13
    Scenario: A reboot before the check-in makes the change permanent
      An administrator who is locked out and reboots the NAS keeps himself locked out.

      When the change is committed
      And the NAS is rebooted
      And 62 seconds pass
      Then no change is pending
      But ifconfig shows lagg0 with
        | addresses | 192.0.2.1/24 |

  Rule: A NAS without any address cannot be committed

    @behaviour.nothing-configured
    Scenario: At least one interface must have an address
      Given no interface with an address is left in the database
      When the change is committed
      Then the middleware fails with "[EFAULT] At least one interface configured with either IPv4 DHCP, IPv6 auto or a static IP is required."
