@lacp @markers
Feature: LACP markers
  Before flows move to other ports, what is under way must have arrived, or frames overtake
  each other. So the NAS sends a marker on every port and holds its data back until all
  have come back, at most three seconds (802.1AX-2014 6.5; lacp_suppress_distributing).

  Rule: The NAS answers markers

    @lacp.L-16
    Scenario: The NAS returns a marker as it was sent
      Only its kind and its source differ: the switch finds its own transaction in it.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      When a marker of version 1 arrives on port 2
      Then the marker comes back by port 2 alone, unchanged but for its kind

    @lacp.L-16
    Scenario: The NAS returns a marker on a port without a partner
      The responder needs no negotiation (lacp_marker_input asks for no state).

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      When a marker of version 1 arrives on port 1
      Then the marker comes back by port 1 alone, unchanged but for its kind

    @lacp.L-17
    Scenario: The NAS drops a marker of a later version
      The standard wants it answered (6.5.3.3 with 6.4.2.3): a switch that speaks version 2
      waits in vain.

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      When a marker of version 2 arrives on port 1
      Then no marker comes back

    @lacp.L-16
    Scenario: The NAS returns each of a hundred markers
      There is no limit as for LACPDUs: slow protocols are meant to be sent ten times a second
      at most (802.3 Annex 57A).

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      When 100 markers arrive on port 1 at once
      Then 100 different markers come back by port 1

  Rule: Data waits for the marker responses

    @lacp.L-18
    Scenario: A new port interrupts traffic for less than half a second if the switch answers markers
      The stream begins before port 3 joins and ends after it sends.

      Given an LACP partner on ports 1, 2 and 3
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      And a neighbour that the NAS knows
      When the administrator runs "ifconfig port3 up"
      And the administrator runs "ifconfig lagg0 laggport port3"
      And the NAS pings the neighbour for 10 seconds
      Then a marker left by each of ports 1, 2 and 3
      And the pings are interrupted for less than 0.5 seconds
      And ifconfig shows lagg0 with
        | active ports | 3 |

    @lacp.L-18
    Scenario: A new port interrupts traffic for three seconds if the switch answers no markers
      Many switches leave the responder out. Every port that joins or leaves then stops all
      traffic of the NAS for three seconds, and programs see "No buffer space available".

      Given an LACP partner on ports 1, 2 and 3 that answers no markers
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      And a neighbour that the NAS knows
      And 4 seconds pass
      When the administrator runs "ifconfig port3 up"
      And the administrator runs "ifconfig lagg0 laggport port3"
      And the NAS pings the neighbour for 12 seconds
      Then the pings are refused with "No buffer space available" for 2.5 to 4.5 seconds
      And ifconfig shows lagg0 with
        | active ports | 3 |

    @lacp.L-18
    Scenario: The first port of a group sends a marker
      What left by another group before must have arrived; the NAS does not ask whether there was
      one (lacp_select_active_aggregator).

      Given an LACP partner on port 1
      And a LAGG lagg0 with protocol lacp on port 1
      When port 1 distributes within 10 seconds
      Then a marker left by port 1

    @lacp.L-18
    Scenario: Each marker of the NAS names its port and has a number of its own
      The answer to an old marker is not taken for that to a later one. A port without a partner,
      here port 3, sends markers like the others.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1, 2 and 3
      And ports 1 and 2 distribute within 10 seconds
      When the administrator runs "ifconfig lagg0 -laggport port2"
      Then a marker left by each of ports 1 and 3
      And all markers of port 1 name port 1 and lagg0, and have different transactions

    @lacp.L-18
    Scenario: Data waits for the markers of all ports, three seconds if one is not answered
      A frame under way on any cable may be overtaken.

      Given an LACP partner on ports 1 and 3
      And an LACP partner on port 2 that answers no markers
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      And a neighbour that the NAS knows
      And 4 seconds pass
      When the administrator runs "ifconfig port3 up"
      And the administrator runs "ifconfig lagg0 laggport port3"
      And the NAS pings the neighbour for 12 seconds
      Then the pings are refused with "No buffer space available" for 2.5 to 4.5 seconds

    @lacp.L-25
    Scenario: A port that leaves sends no last LACPDU, and the others send markers
      The switch is left to find out by itself: it goes on sending on that cable until its own
      timeout, up to ninety seconds.

      Given an LACP partner on ports 1, 2 and 3
      And a LAGG lagg0 with protocol lacp on ports 1, 2 and 3
      And ports 1, 2 and 3 distribute within 10 seconds
      And 3 seconds pass
      When the administrator runs "ifconfig lagg0 -laggport port3"
      Then a marker left by each of ports 1 and 2
      And no LACPDU left by port 3
      When 5 seconds pass
      And 40 clients each send 1 echo request on port 1
      Then every client is answered
      And each of ports 1 and 2 carries some answers
