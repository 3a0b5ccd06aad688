//! Putting faults on, and taking them off.

use std::fs;

use redwasp_tests::canary;
use redwasp_tests::fake::Behaviour;

use super::Estate;
use super::setup::{config, secret};
use crate::fault::Fault;
use crate::servers::Servers;
use crate::subject::{NOWHERE, Shown, USER};

impl Estate {
    pub(super) fn put_on(&mut self, number: usize, fault: Fault) {
        if let (Fault::Hung, false) = (fault, self.servers.are_nodes()) {
            return self.servers.of_number(number).pause();
        }
        if let Some(behaviour) = fault.behaviour() {
            return self.subjects[number].behave(behaviour);
        }
        let (redis, subject) = (&self.servers.all()[number], &mut self.subjects[number]);
        match fault {
            Fault::NoSuchHost => self.call(number, NOWHERE),
            Fault::Expired => subject.show(redis, Shown::Expired),
            Fault::WrongAuthority => subject.show(redis, Shown::Strange),
            Fault::Full => subject.fill(redis),
            // The one password of a cluster is right for the other nodes.
            Fault::WrongPassword if self.servers.are_nodes() => subject.set_password(redis, &canary::password("other")),
            Fault::WrongPassword => self.tell_daemon(number, &canary::password("wrong")),
            Fault::Rotated => self.rotate(number),
            other => unreachable!("{other:?} is a behaviour"),
        }
    }

    pub(super) fn take_off(&mut self, number: usize, fault: Fault) {
        if let (Fault::Hung, false) = (fault, self.servers.are_nodes()) {
            return self.servers.of_number(number).resume();
        }
        if fault.behaviour().is_some() {
            return self.subjects[number].behave(Behaviour::Healthy);
        }
        let (redis, subject) = (&self.servers.all()[number], &mut self.subjects[number]);
        match fault {
            Fault::NoSuchHost => self.call(number, if self.servers.are_nodes() { "localhost" } else { "127.0.0.1" }),
            Fault::Expired | Fault::WrongAuthority => subject.show(redis, Shown::Good),
            Fault::Full => subject.make_room(redis),
            Fault::WrongPassword if self.servers.are_nodes() => subject.set_password(redis, &self.passwords[0]),
            Fault::WrongPassword => self.tell_daemon(number, &self.passwords[number].clone()),
            Fault::Rotated => self.finish_rotation(number),
            other => unreachable!("{other:?} is a behaviour"),
        }
    }

    /// A server's host is called otherwise: the operator says so, or the node itself.
    fn call(&mut self, number: usize, host: &'static str) {
        self.subjects[number].host = host;
        if self.servers.are_nodes() {
            let redis = &self.servers.all()[number];
            self.subjects[number].tell(redis, &["CONFIG", "SET", "cluster-announce-hostname", host]);
        } else {
            self.write("redwasp.yaml", &config(&self.servers, &self.subjects));
        }
    }

    /// The server has a new password and takes no other.
    fn rotate(&mut self, number: usize) {
        let password = canary::password("rotated");
        self.subjects[number].set_password(&self.servers.all()[number], &password);
        *self.password(number) = password;
    }

    /// Now the daemon has it too; the other nodes take it as well, and for a while the old one.
    fn finish_rotation(&mut self, number: usize) {
        let password = self.password(number).clone();
        if let Servers::Nodes(cluster) = &self.servers {
            let rule = format!(">{password}");
            let nodes = self.subjects.iter_mut().zip(cluster.nodes());
            nodes.for_each(|(subject, node)| subject.tell(node, &["ACL", "SETUSER", USER, &rule]));
        }
        self.tell_daemon(number, &password);
    }

    fn password(&mut self, number: usize) -> &mut String {
        let place = if self.servers.are_nodes() { 0 } else { number };
        &mut self.passwords[place]
    }

    fn tell_daemon(&self, number: usize, password: &str) {
        let place = if self.servers.are_nodes() { 0 } else { number };
        self.write(&secret(place), password);
    }

    /// By rename, so that nobody reads half of it.
    fn write(&self, name: &str, text: &str) {
        let (new, path) = (self.folder.path().join("new"), self.folder.path().join(name));
        fs::write(&new, text).unwrap();
        fs::rename(&new, &path).unwrap();
    }
}
