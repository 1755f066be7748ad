"""The administration: hospitals, services, experts, banners, showcases."""
