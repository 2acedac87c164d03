@naming
Feature: Creating and naming a LAGG
  A LAGG is an interface of the driver lagg(4). It begins empty, and its name is given when
  it is created.

  @confirms.C-06
  Scenario: A LAGG is an interface of the driver lagg(4)
    What TrueNAS shows as a link aggregation is nothing of its own: every tool that knows
    lagg(4) sees the same interface.

    Given an empty LAGG lagg0
    When the administrator runs "ifconfig -g lagg"
    Then the output has the line "lagg0"
    When the administrator runs "kldstat -q -m if_lagg"
    Then the command succeeds

  @confirms.C-06
  Scenario: The driver lagg(4) is in the kernel
    When the administrator looks with "kldstat -m if_lagg"
    Then the command succeeds

  @refines.S-09
  Scenario: A new LAGG is a failover group without ports
    Failover is the kernel's default. A form that asks for the protocol may begin with
    another one, so that relying on the default is not safe.

    Given an empty LAGG lagg0
    Then ifconfig shows lagg0 with
      | protocol | failover   |
      | ports    | none       |
      | mtu      | 1500       |
      | status   | no carrier |

  Rule: A name is the word lagg and a number

    @confirms.C-09
    Scenario Outline: A name of lagg and a number is accepted
      When the administrator runs "ifconfig <name> create"
      Then the command succeeds
      And ifconfig shows <name> with
        | protocol | failover |

      Examples:
        | name      |
        | lagg0     |
        | lagg7     |
        | lagg32767 |

    @confirms.C-09
    Scenario Outline: A name of another form is refused
      When the administrator runs "ifconfig <name> create"
      Then the command is refused with "<words>"

      Examples:
        | name      | words                   |
        | lagg01    | Invalid argument        |
        | laggx     | Invalid argument        |
        | LAGG0     | Invalid argument        |
        | bond0     | Invalid argument        |
        | lagg32768 | No space left on device |

    @confirms.C-09
    Scenario: A name that another LAGG has is refused
      A second LAGG cannot replace the first by mistake.

      Given an empty LAGG lagg0
      When the administrator runs "ifconfig lagg0 create"
      Then the command is refused with "interface lagg0 already exists"

  Rule: The number has no meaning

    @refines.C-10 @refines.S-04
    Scenario: A LAGG created without a number gets the lowest free one
      The number refers to no other interface, parent or not.

      Given an empty LAGG lagg0
      When the administrator runs "ifconfig lagg create"
      Then the output has the line "lagg1"

    @refines.C-10 @refines.S-04
    Scenario: A LAGG can be renamed to any name
      On TrueNAS the middleware would lose track of it. The kernel does not care.

      Given an empty LAGG lagg7
      When the administrator runs "ifconfig lagg7 name storage"
      Then ifconfig shows storage with
        | protocol | failover |
        | groups   | lagg     |
