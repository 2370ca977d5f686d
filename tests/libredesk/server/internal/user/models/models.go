// Package models has the records of users.
package models

// User is a user.
type User struct {
	ID                 int    `db:"id"`
	FirstName          string `db:"first_name"`
	LastName           string `db:"last_name"`
	AvailabilityStatus string `db:"availability_status"`
}

// FullName returns both names.
func (u *User) FullName() string { return u.FirstName + " " + u.LastName }
