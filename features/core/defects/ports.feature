@defects
Feature: Defects of options, ports and flows
  What an administrator sets and does not get, and what an idle or a busy NAS loses. The step
  that begins with "But" asserts what is wrong; if it fails, the defect is gone.

  Rule: Options

    @defect.B-04 @not.freebsd-15
    Scenario: A new LAGG ignores net.link.lagg.default_flowid_shift
      The variables are one per network stack, their sysctls are not (CTLFLAG_VNET is missing):
      the value is written to a copy that nobody reads. A new LAGG should have it.

      When the administrator runs "sysctl net.link.lagg.default_flowid_shift=8"
      Then the command succeeds
      When the administrator runs "ifconfig lagg0 create"
      Then the command succeeds
      But ifconfig shows lagg0 with
        | flowid shift | 16 |

    @defect.B-17
    Scenario: Switching use_flowid off switches use_numa off as well
      The ioctl clears the complement of minus one, that is everything (lagg_ioctl,
      SIOCSLAGGOPTS). Only USE_FLOWID should go.

      Given a LAGG lagg0 with protocol loadbalance on ports 1 and 2
      When the administrator runs "ifconfig lagg0 use_flowid"
      Then ifconfig shows lagg0 with
        | lagg options | with USE_FLOWID,USE_NUMA |
      When the administrator runs "ifconfig lagg0 -use_flowid"
      Then ifconfig shows lagg0 with
        | lagg options | without USE_FLOWID |
      But ifconfig shows lagg0 with
        | lagg options | without USE_NUMA |
      When the administrator runs "ifconfig lagg0 use_numa"
      Then ifconfig shows lagg0 with
        | lagg options | with USE_NUMA |
      When the administrator runs "ifconfig lagg0 -use_numa"
      Then ifconfig shows lagg0 with
        | lagg options | without USE_NUMA |

  Rule: Ports that leave

    @defect.B-19
    Scenario: A port that leaves does not get its own MTU back
      Its MAC address and its offloading come back, its MTU should too
      (lagg_port_destroy). On a network of 1500 bytes the port then sends frames that nobody
      takes.

      Given a LAGG lagg0 with protocol failover on ports 1 and 2
      And the administrator runs "ifconfig lagg0 mtu 9000"
      When the administrator runs "ifconfig lagg0 -laggport port2"
      Then ifconfig shows port2 with
        | ether | that of port 2 |
      But ifconfig shows port2 with
        | mtu | 9000 |
      When the administrator runs "ifconfig port2 mtu 1500"
      Then ifconfig shows port2 with
        | mtu | 1500 |

  Rule: Failover does not tell the switch

    @defect.B-10
    Scenario: An idle NAS cannot be reached after failback
      The switch learnt the NAS at port 2 and goes on sending there; the port has not received since
      the primary took over. An announcement (a gratuitous ARP) on each change would correct the
      switch's table at once; instead it lasts until the NAS itself sends something.

      Given a LAGG lagg0 with protocol failover on ports 1 and 2
      And a host 192.0.2.9 behind the switch
      And the link of port 1 is lost
      When the NAS sends 2 pings to the host
      Then every ping is answered
      When the link of port 1 returns
      Then ifconfig shows lagg0 with
        | port 1 | MASTER,ACTIVE |
      But nothing leaves by any port
      When the host sends 3 pings to the NAS
      Then the switch sends the pings to port 2
      But the NAS does not answer
      When the NAS sends 2 pings to the host
      And the host sends 3 pings to the NAS
      Then the NAS answers

  Rule: A datagram is spread over several ports

    @defect.B-12 @refines.C-22
    Scenario: The fragments of one UDP datagram take different ports
      The hash looks at the four bytes after the IP header as if they were ports; in all
      fragments but the first they are payload (m_ether_tcpip_hash). A fragment should be
      hashed by its addresses only. NFS over UDP and large DNS answers arrive out of order,
      or not at all where a firewall wants the first fragment first.

      Given a LAGG lagg0 with protocol loadbalance on ports 1, 2 and 3
      And a neighbour that the NAS knows
      When the NAS sends UDP datagrams of 8000 bytes to the neighbour
      Then every fragment of 3 datagrams leaves
      But the fragments of a datagram leave by more than one port
      When the administrator runs "ping -c 2 -s 8000 -t 2 192.0.2.9"
      Then the fragments of each ping leave by one port
