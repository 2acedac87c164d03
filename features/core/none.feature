@none
Feature: The protocol none
  It stops the traffic of a LAGG and leaves everything else as it is.

  Background:
    Given a LAGG lagg0 with protocol none on ports 1 and 2
    And a neighbour that the NAS knows

  @confirms.C-28
  Scenario: With the protocol none, nothing leaves the NAS
    The traffic can be stopped without losing the configuration.

    When the NAS sends 3 pings to the neighbour
    Then no ping is answered
    And nothing leaves by any port

  @confirms.C-28
  Scenario: With the protocol none, nothing is received
    The stop holds in both directions.

    When an echo request arrives on ports 1 and 2
    Then the NAS does not answer

  @confirms.C-28
  Scenario: With the protocol none, the NAS does not learn who asks for it
    It could not answer an echo request in any case; what it hears shows in its ARP table.

    When the host 192.0.2.77 asks for 192.0.2.1 by ARP on ports 1 and 2
    Then the NAS does not know the host 192.0.2.77

  @confirms.C-29 @defect.B-02
  Scenario: With the protocol none, the interface stays enabled and its status is active
    The status line does not explain why nothing goes through; the protocol does.

    Then ifconfig shows lagg0 with
      | flags  | UP,RUNNING |
      | port 1 | none       |
      | port 2 | none       |
    But ifconfig shows lagg0 with
      | status | active |
