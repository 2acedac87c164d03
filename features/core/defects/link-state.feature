@defects @link-state
Feature: Defects of the link state
  Routing believes the interface's link state (RT_LINK_IS_UP), people believe the status line.
  lagg(4) keeps neither in step with what it can really do.

  The step that begins with "But" asserts what FreeBSD 13.2 does wrong. If it fails, the defect
  is gone, and the scenario has to assert the opposite.

  Rule: Changing the protocol leaves the link state as it was
    It should be computed again; the ioctl SIOCSLAGG never calls lagg_linkstate. Any link that
    is lost or returns heals it.

    @defect.B-01
    Scenario: A change from LACP without a partner to failover leaves no route
      The usual way out when LACP does not come up, and it does not help.

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 report their links
      And 3 seconds pass
      When the administrator runs "ifconfig lagg0 laggproto failover"
      And the NAS sends 3 pings to the neighbour
      Then ifconfig shows lagg0 with
        | status | active        |
        | port 1 | MASTER,ACTIVE |
      But the pings fail with "No route to host"
      When the link of port 2 is lost
      And the link of port 2 returns
      And the administrator adds the neighbour to the ARP table
      And the NAS sends 3 pings to the neighbour
      Then the pings leave by port 1

    @defect.B-01
    Scenario: A change from working LACP to failover leaves no route
      An administrator who gives up LACP loses the NAS, although every port works.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 report their links
      And ports 1 and 2 distribute within 10 seconds
      When the administrator runs "ifconfig lagg0 laggproto failover"
      And the NAS sends 3 pings to the neighbour
      Then ifconfig shows lagg0 with
        | status | active        |
        | port 1 | MASTER,ACTIVE |
      But the pings fail with "No route to host"

    @defect.B-01
    Scenario: A change from failover to LACP without a partner keeps a useless route
      The link state stays UP, so that the kernel keeps a route and refuses each packet, where
      another route could have been used.

      Given a LAGG lagg0 with protocol failover on ports 1 and 2
      And a neighbour that the NAS knows
      When the administrator runs "ifconfig lagg0 laggproto lacp"
      And 5 seconds pass
      And the NAS sends 3 pings to the neighbour
      Then no data leaves by any port
      But the pings fail with "Network is down"

  Rule: The status line says active while nothing can be sent
    lagg_media_status asks only whether some port has a link and is up. It should say "no
    carrier" as it does when there is no port.

    @defect.B-02
    Scenario: The status of a LAGG that has lost its LACP partner is active
      Monitoring that reads the status, the middleware of TrueNAS included, reports that all
      is well.

      Given an LACP partner on ports 1 and 2 that asks for fast LACPDUs
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And the administrator runs "ifconfig lagg0 lacp_fast_timeout"
      And ports 1 and 2 distribute within 10 seconds
      When the partner falls silent
      And ports 1 and 2 announce DEFAULTED within 10 seconds
      Then ifconfig shows lagg0 with
        | port 1       | none |
        | port 2       | none |
        | active ports | 0    |
      But ifconfig shows lagg0 with
        | status | active |

  Rule: Two partners share one link state
    The number of active ports and the link state follow the aggregator that changed last, not
    the one that is used (lacp_enable_distributing and lacp_disable_distributing set sc_active
    without asking which it is).

    @defect.B-05 @lacp.L-30
    Scenario: All traffic stops when a port in reserve loses its link
      Two switches, one in use, one in reserve. A cable of the reserve is pulled, and the NAS is
      off the network although the port in use goes on distributing.

      Given an LACP partner on port 1
      And another LACP partner on port 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      When the link of the idle port is lost
      And 4 seconds pass
      And the NAS sends 3 pings to the neighbour
      Then one of the ports is active and distributes, the other has no flags
      But the pings fail with "No route to host"
      And ifconfig shows lagg0 with
        | active ports | 0 |

  Rule: Ports that are administratively down still have a link

    @defect.B-20
    Scenario: The route stays when all ports are taken down
      The link state counts carriers only (lagg_linkstate), sending asks for IFF_UP too
      (LAGG_PORTACTIVE). The LAGG should go down with its last usable port, so that another
      route can take over.

      Given a LAGG lagg0 with protocol loadbalance on ports 1 and 2
      And a neighbour that the NAS knows
      When the administrator runs "ifconfig port1 down"
      And the administrator runs "ifconfig port2 down"
      And the NAS sends 3 pings to the neighbour
      Then ifconfig shows lagg0 with
        | status | no carrier |
      But the pings fail with "Network is down"
