@description
Feature: The description of a LAGG
  Notes and reminders stay with the interface, where the next administrator finds them.

  @confirms.C-11
  Scenario Outline: A LAGG keeps its description unchanged
    Given an empty LAGG lagg0
    When lagg0 is described as "<text>"
    Then ifconfig shows lagg0 with
      | description | <text> |

    Examples:
      | text                            |
      | storage uplink                  |
      | it's 50% $HOME; rm -rf / & more |
      | naïve – ünïcode                 |

  @confirms.C-11
  Scenario: A description can be removed
    Given an empty LAGG lagg0
    And lagg0 is described as "storage uplink"
    When the administrator runs "ifconfig lagg0 -description"
    Then ifconfig shows lagg0 with
      | description | none |
